/**
 * What a connector can promise about its POS. Core code asks these, never for a connector's name; each value says what the
 * core does with it.
 */
export type Capabilities = {
  /** Rounds can be appended to an open order. False: Pay-Later is not offered. */
  readonly appendRounds: boolean;
  /** Tables and the orders open at them can be read. False: no till-opened orders, no several-orders check. */
  readonly readTables: boolean;
  readonly readOrders: boolean;
  /** `at-create`: an order is told to be paid when it is made, never later; `paidAhead` of its round says so. */
  readonly markPaid: boolean | 'at-create';
  readonly sendMessage: boolean;
  readonly applyCard: boolean;
  readonly loyaltyMenu: boolean;
  /** A guest's free-text note reaches the kitchen with its line. Absent or false: notes are not offered; such a line is refused. */
  readonly lineNotes?: boolean;
  /** A modifier can be put on the left or right half only. Absent or false: orders with halves are refused before they are taken. */
  readonly portions?: boolean;
  /**
   * How the POS treats a second create with our reference: `key` replays the first answer, `unique-reference` refuses it for
   * ever, `open-only` refuses it while that order is open (so nothing that joins another order is repeated), `none` makes a second order.
   */
  readonly createDedupe: 'key' | 'unique-reference' | 'open-only' | 'none';
  /** How long the POS remembers our reference since it took the round, onto an older order as well; null: as long as the order. */
  readonly dedupeWindowMs: number | null;
  /** `reference`: the POS can be asked for our reference. `none`: only dedupe can tell, or a person. */
  readonly readBack: 'reference' | 'none';
  /** How long a write may take to show up in a read. */
  readonly readLagMs: number;
  /** How long after our deadline a request that was sent may still be applied. */
  readonly lateArrivalMs: number;
  /** One attempt, however many calls it makes. */
  readonly attemptDeadlineMs: number;
  /** Writes in flight per location. */
  readonly writeConcurrency: number;
  /** The paid sum must equal the amount due exactly. */
  readonly sumMustMatch: boolean;
};

/** The attempt deadline unless a connector declares another: six of them and fifteen minutes of waits make the seed's 17 minutes. */
export const attemptDeadlineMsDefault = 20_000;
