/**
 * What a POS twin is made of: a world that speaks one vendor's wire, and the words its control API answers in.
 *
 * A twin is a server that speaks a vendor's wire and holds a small restaurant behind it. The kit in this folder gives it
 * listeners, faults, defects and a control API; the world itself stands in `connectors/<pos>/twin/`.
 */

/** One request as it arrived on the vendor wire. Header names are lower case. */
export type WireRequest = {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type TicketLine = {
  readonly name: string;
  readonly quantity: number;
  readonly modifiers: readonly string[];
};

/** What the kitchen got: one per station that lines of one saved package route to. */
export type Ticket = {
  readonly ticketId: string;
  readonly kind: 'order' | 'void' | 'message';
  /** The saved package this ticket was printed for. Several tickets of one package share it. */
  readonly packageRef: string;
  /** The POS's own guid of the order; empty for a message that belongs to none. */
  readonly orderRef: string;
  readonly table: string;
  readonly station: string;
  /** How it is served, in the POS's word, and what the order's comment says, where the POS prints them. */
  readonly orderType?: string;
  readonly comment?: string;
  readonly lines: readonly TicketLine[];
  /** Epoch milliseconds. */
  readonly at: number;
  /** Which of the twin's restaurants printed it. */
  readonly restaurant: string;
};

/** A thing a person does at the twin's till, called as `POST /_twin/<name>`. Throws `TwinCommandError` on bad input. */
export type TillCommand = (body: unknown) => unknown;

export class TwinCommandError extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/**
 * A vendor's POS, as far as guests and the kitchen can tell. Everything is synchronous: one thing happens at a time, and
 * time only enters through the clock the world was made with.
 */
export interface TwinWorld {
  /** Short name used in URLs, files and the demo: the connector's id. */
  readonly name: string;
  /** Acts on the world and answers. Never throws for bad input of the caller. */
  answer(request: WireRequest): WireAnswer;
  /** The names a fault's `match` is compared with: command names inside the body; the path is always compared as well. */
  namesOf(request: WireRequest): readonly string[];
  /** `expire-key`: forgets the dedupe key of this request, where the vendor has one. */
  forgetKey(request: WireRequest): void;
  /** The kit tells the world which lasting defects are on; names outside `defects` are refused by the kit. */
  readonly defects: readonly string[];
  setDefects(active: ReadonlySet<string>): void;
  tickets(): readonly Ticket[];
  orders(): unknown;
  report(): unknown;
  readonly commands: Readonly<Record<string, TillCommand>>;
  /** What else the twin shows, as `GET /_twin/<name>`. */
  readonly views?: Readonly<Record<string, () => unknown>>;
  /** The vendor's own wording of a refusal that the kit makes (`http-409`, `http-429`, `http-503`). Absent: one plain line. */
  wordRefusal?(status: number): WireAnswer;
  /** Called once when the twin stops, where the world has something running by itself. */
  stop?(): void;
  /** The twin's page, e.g. a till and a kitchen screen: a whole HTML document. */
  page(): string;
}

/** How a request that crossed the twin's wire in the same process ended (mock mode): what a socket would have shown. */
export type WireExchange =
  /** `cutShort`: the connection ended before the body did; `answer.body` is what came, `content-length` what was promised. */
  | { readonly kind: 'answer'; readonly answer: WireAnswer; readonly cutShort?: true }
  /** The listener was closed or reset before TLS: no byte reached the twin. */
  | { readonly kind: 'refused' }
  /** The connection broke after the request was sent. */
  | { readonly kind: 'reset' }
  /** The caller's signal ended while the twin was silent. */
  | { readonly kind: 'aborted' };
