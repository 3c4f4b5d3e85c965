/** One call to a POS, as it may be kept: request and answer are already built from allowlists, without credentials or personal data. */
export type RequestLogEntry = {
  /** The operation in the contract's or the seed's name, e.g. `PostOrder`. */
  readonly operation: string;
  /** The vendor's command, e.g. `SaveOrder`. */
  readonly command: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly request: string;
  /** Empty when none came. */
  readonly answer: string;
  readonly result: 'ok' | 'failed';
  readonly detail: string;
  /** Order-specific calls also go to the orders channel. */
  readonly posRef?: string;
  /** Writes and failures are logged at once with both bodies; plain reads may ride in a batch. */
  readonly write: boolean;
};

/** Where a connector hands its calls to. The channels `<connector>-requests`, `-errors`, `-orders` are made from these. */
export type ConnectorLog = (entry: RequestLogEntry) => void;
