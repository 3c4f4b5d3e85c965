/** One HTTP request toward a POS. The URL is absolute and already checked by egress policy when it was saved; it is checked again here. */
export type PosHttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The answer's body is cut off, and counts as unanswerable, beyond this. */
  readonly answerBytesMax: number;
};

/** Why no usable answer came. */
export const noAnswerReasons = [
  'refused',
  'unresolved',
  'tls-failed',
  'reset',
  'deadline',
  'egress-denied',
  'too-large',
  'bad-encoding',
] as const;
export type NoAnswerReason = (typeof noAnswerReasons)[number];

/**
 * How a request ended. `sent: 'never'` is proof that no byte of the request left: only then may a write be repeated blindly.
 * `answerBytes` is false when not a single byte of an answer arrived.
 */
export type PosHttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: 'no-answer';
      readonly reason: NoAnswerReason;
      readonly sent: 'never' | 'maybe';
      readonly answerBytes: boolean;
      readonly detail: string;
    };

/** The only way a connector reaches its POS. Never throws for what the network does. */
export type PosHttp = (request: PosHttpRequest, signal: AbortSignal) => Promise<PosHttpAnswer>;
