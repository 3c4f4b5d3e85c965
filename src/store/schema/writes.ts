import type { Generated } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import type { WriteKind, WriteState } from '#domain/write.ts';
import type { PosWrite } from '#contract/connector.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { OutcomeKind } from '#contract/outcome.ts';
import type { Json } from './json.ts';

/** The durable queue: one row per intended change in a POS. */
export type Writes = {
  company_id: string;
  write_id: Generated<number>;
  location_id: string;
  /** Writes of one lane go out one after the other, by write_id. An order's lane is its order_id; messages have `message:<table_id>`. */
  lane: string;
  kind: WriteKind;
  order_id: Reference | null;
  round_id: Reference | null;
  payment_id: Reference | null;
  payload: Json<PosWrite>;
  state: WriteState;
  /** Attempts that count against the schedule. */
  attempts_used: Generated<number>;
  /** When the next step (attempt, read back) is due. */
  due_at_ms: number;
  /** While `waiting`: the state it came from. */
  waiting_from: WriteState | null;
  /** Read backs that did not show the write after the POS had time to finish it. */
  absences: Generated<number>;
  /**
   * When the first send went out that may be in the POS unseen: every later send repeats it, and the POS's memory of our
   * reference, not its refusals, decides. Null: no such send.
   */
  doubt_since_ms: number | null;
  last_sent_at_ms: number | null;
  /** End of the last send: schedules count from here. Null while one is under way, or when nobody saw it end. */
  last_ended_at_ms: number | null;
  /** A round older than this asks the guest before it is sent, and a message is dropped; null: never. */
  fresh_until_ms: number | null;
  /** `asked` while the guest is asked whether a stale round is still wanted. */
  freshness: Generated<'fresh' | 'asked' | 'wanted'>;
  asked_at_ms: number | null;
  lease_owner: string | null;
  /** Rises with every claim; a completion with an older epoch is refused. */
  lease_epoch: Generated<number>;
  lease_until_ms: number | null;
  error_code: PosErrorCode | null;
  error_detail: string | null;
  held_by: string | null;
  created_at_ms: number;
  changed_at_ms: number;
};

/** One try of a write, recorded before its first byte leaves. */
export type Attempts = {
  company_id: string;
  write_id: number;
  /** 1-based over all tries, read backs included. */
  attempt_no: number;
  step: 'send' | 'read-back';
  epoch: number;
  started_at_ms: number;
  deadline_at_ms: number;
  ended_at_ms: number | null;
  outcome: OutcomeKind | 'present' | 'absent' | 'impossible' | 'unread' | 'died' | null;
  error_code: PosErrorCode | null;
  error_detail: string | null;
};
