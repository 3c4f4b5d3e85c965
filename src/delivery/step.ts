import type { Clock } from '#domain/time.ts';
import { canWriteMove } from '#domain/write.ts';
import type { WriteState } from '#domain/write.ts';
import type { PosConnector, PosWrite, PosWritten } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosError } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome } from '#contract/outcome.ts';
import type { WriteRow } from '#store/schema.ts';
import type { Store, Tx } from '#store/store.ts';
import { endStep, getLeasedWrite } from '#store/write-claims.ts';
import type { ClaimedWrite, WriteEnd } from '#store/write-claims.ts';
import { endDrain, shareLocationStatus } from '#store/writes.ts';
import type { MovedWrite } from '#store/writes.ts';
import {
  decideAfterReadBack,
  decideAfterSend,
  errorReadEveryMs,
  joinsOrder,
  mustCheckLocation,
  sendWithinMs,
  whyNotRepeat,
} from './decide.ts';
import type { Decision, WriteFacts } from './decide.ts';
import { endLane, tellMove } from './end-lane.ts';
import { performReadBack, performWrite, withPosRef } from './perform.ts';

/** A dead worker's writes are taken over this long after its last sign of life. */
export const leaseMs = sendWithinMs;
/** The POS's answer is known and only our own store failed to take it: tried again this often before the lease is given up. */
const endTriesMax = 5;
const endRetryMs = 500;

/** What became of a write, for what hangs on it. `value` is what the POS answered, when it did. */
export type Ended = {
  readonly decision: Pick<Decision, 'error'> & { readonly state: WriteState };
  readonly value: PosWritten | undefined;
};

export type StepDeps = {
  readonly store: Store;
  readonly clock: Clock;
  /** Unique among all processes that ever worked on this store. */
  readonly owner: string;
  /** `revision`: of the connection, where it was just read. */
  readonly connectorFor: (
    companyId: string,
    locationId: string,
    revision?: number,
  ) => Promise<PosConnector | undefined>;
  /** A status check right now; false when the location is (or just became) read-only. */
  readonly checkLocation: (companyId: string, locationId: string) => Promise<boolean>;
  /** Runs in the transaction that moves the write, after it moved. */
  readonly ended: (tx: Tx, write: WriteRow, ended: Ended) => Promise<void>;
  /** Records a move in the order-flow channel and announces it. `write.state` is where it came from. */
  readonly moved: (tx: Tx, write: MovedWrite, to: string, detail: string) => Promise<void>;
  readonly onBug: (error: unknown) => void;
};

/** Takes one step of a claimed write: asks the POS, decides, and saves what became of it. `claimedAtMs` is monotonic. */
export async function takeStep(deps: StepDeps, claimed: ClaimedWrite, claimedAtMs: number): Promise<void> {
  const connector = await deps.connectorFor(claimed.companyId, claimed.locationId, claimed.revision);
  const write = withPosRef(claimed.payload, claimed.posRef);
  if (connector === undefined || write === undefined) {
    await endUnsent(deps, claimed, connector === undefined ? noConnection : orderNotInPos);
    return;
  }
  const ready = { connector, write };
  if (claimed.step === 'read-back') await readBack(deps, claimed, ready);
  // A process that was stopped longer than its lease is no longer the one to send this.
  else if (deps.clock.monotonicMs() - claimedAtMs < sendWithinMs) await send(deps, claimed, ready);
}

type Ready = { readonly connector: PosConnector; readonly write: PosWrite };

async function send(deps: StepDeps, claimed: ClaimedWrite, { connector, write }: Ready): Promise<void> {
  const { capabilities } = connector;
  const unsafe = whyNotRepeat(
    { ...claimed, joins: joinsOrder(claimed.payload) },
    capabilities,
    deps.clock.nowMs(),
  );
  if (unsafe !== undefined) {
    await endUnsent(deps, claimed, unsafe);
    return;
  }
  // Later than its claim on a slow store, and what is still under way may land that much later.
  const startedAtMs = deps.clock.nowMs();
  const outcome = await performWrite(deps.clock, connector, write);
  const endedAtMs = deps.clock.nowMs();
  const blocked = mustCheckLocation(outcome) && !(await checkLocation(deps, claimed));
  await end(deps, claimed, (row, { readOnly }) => ({
    decision: decideAfterSend(
      { ...factsOf(row), lastSentAtMs: startedAtMs, lastEndedAtMs: endedAtMs },
      outcome,
      capabilities,
      { readOnly, blocked },
    ),
    value: outcome.kind === 'applied' ? outcome.value : undefined,
    outcome: outcome.kind,
    sentStartedAtMs: startedAtMs,
    sentEndedAtMs: endedAtMs,
  }));
}

const noConnection = posError('bad-request', 'the connection cannot be opened; see its settings');
const orderNotInPos = posError('order-not-in-pos', 'the order is not in the POS, so nothing of it is sent');

/** Neither sent nor read: its order is not in the POS, nothing can speak for the location, or it is unsafe. A person is asked. */
async function endUnsent(deps: StepDeps, claimed: ClaimedWrite, error: PosError): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const isRead = claimed.step === 'read-back';
  await end(deps, claimed, (row) => ({
    decision: stayInError(row, nowMs, error),
    value: undefined,
    outcome: isRead ? 'unread' : 'not-applied',
    sentStartedAtMs: null,
    sentEndedAtMs: isRead ? null : nowMs,
  }));
}

function stayInError(row: WriteRow, nowMs: number, error: PosError): Decision {
  return {
    state: row.state === 'unconfirmed' ? 'unconfirmed' : 'error',
    dueAtMs: nowMs + errorReadEveryMs,
    attemptsUsed: row.attempts_used,
    absences: row.absences,
    doubtSinceMs: row.doubt_since_ms,
    error,
    heldBy: null,
    waitingFrom: null,
  };
}

async function readBack(deps: StepDeps, claimed: ClaimedWrite, { connector, write }: Ready): Promise<void> {
  const startedAtMs = deps.clock.nowMs();
  const read = await performReadBack(deps.clock, connector, write);
  const nowMs = deps.clock.nowMs();
  if (read.kind === 'failed' && !read.answered) await checkLocation(deps, claimed);
  await end(deps, claimed, (row, { readOnly }) => ({
    decision: decideAfterReadBack(factsOf(row), read, connector.capabilities, {
      startedAtMs,
      nowMs,
      readOnly,
    }),
    value: read.kind === 'read' && read.value.kind === 'present' ? read.value.value : undefined,
    outcome: seenBy(read),
    sentStartedAtMs: null,
    sentEndedAtMs: null,
  }));
}

/** A check that fails on our side proves nothing against the location. */
async function checkLocation(deps: StepDeps, claimed: ClaimedWrite): Promise<boolean> {
  try {
    return await deps.checkLocation(claimed.companyId, claimed.locationId);
  } catch (error) {
    deps.onBug(error);
    return true;
  }
}

type StepEnd = { readonly decision: Decision } & Pick<Ended, 'value'> &
  Pick<WriteEnd, 'outcome' | 'sentStartedAtMs' | 'sentEndedAtMs'>;
type DecideEnd = (row: WriteRow, place: { readonly readOnly: boolean }) => StepEnd;

/** Saves a step's end. Repeating it after a commit whose acknowledgement was lost changes nothing: the lease is gone by then. */
async function end(deps: StepDeps, claimed: ClaimedWrite, decideEnd: DecideEnd): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await endOnce(deps, claimed, decideEnd);
      return;
    } catch (error) {
      if (tried >= endTriesMax) throw error;
      deps.onBug(error);
      await new Promise<void>((resolve) => deps.clock.after(endRetryMs, resolve));
    }
  }
}

async function endOnce(deps: StepDeps, claimed: ClaimedWrite, decideEnd: DecideEnd): Promise<void> {
  const place = { companyId: claimed.companyId, locationId: claimed.locationId };
  const endsDrain = await deps.store.asCompany(claimed.companyId, async (tx) => {
    // Before the write: a flip locks the two in the same order.
    const status = await shareLocationStatus(tx, place);
    const row = await getLeasedWrite(tx, claimed, deps.owner);
    // Another worker took it over: what this one saw no longer counts.
    if (row === undefined) return false;
    const { decision, value, ...ended } = decideEnd(row, status);
    if (decision.state !== row.state && !canWriteMove(row.state, decision.state))
      throw new Error(`a write cannot move from ${row.state} to ${decision.state}`);
    const nowMs = deps.clock.nowMs();
    await endStep(tx, row, {
      ...decision,
      errorCode: decision.error?.code ?? null,
      errorDetail: decision.error?.detail ?? null,
      ...ended,
      nowMs,
    });
    // A claim moves a write without a word, because it sees no company's log; the end of its step tells both moves.
    const from = claimed.step === 'send' ? 'sending' : claimed.from;
    if (decision.state !== from) {
      const told = { decision, value, detail: detailOf(claimed, row, decision.error) };
      await tellMove(deps, tx, { ...row, state: from }, told);
    }
    // After what hangs on the end, which takes the order's lock: everybody locks the order before its writes.
    if (decision.state === 'refused') await endLane(deps, tx, row, decision.error?.detail ?? '');
    return decision.state === 'delivered' && status.draining;
  });
  if (endsDrain) await deps.store.asCompany(claimed.companyId, (tx) => endDrain(tx, place));
}

function detailOf(claimed: ClaimedWrite, row: WriteRow, error: PosError | null): string {
  const attempt =
    claimed.step === 'send' ? `attempt ${row.attempts_used}, from ${claimed.from}` : 'read back';
  return error === null ? attempt : `${attempt}: ${error.code}: ${error.detail}`;
}

export function factsOf(row: WriteRow): WriteFacts {
  return {
    kind: row.kind,
    state: row.state,
    joins: joinsOrder(row.payload),
    attemptsUsed: row.attempts_used,
    absences: row.absences,
    doubtSinceMs: row.doubt_since_ms,
    lastSentAtMs: row.last_sent_at_ms ?? row.created_at_ms,
    lastEndedAtMs: row.last_ended_at_ms,
    expiresAtMs: row.kind === 'send-message' ? row.fresh_until_ms : null,
    error: row.error_code === null ? null : posError(row.error_code, row.error_detail ?? ''),
  };
}

function seenBy(read: ReadOutcome<ReadBack<unknown>>): 'present' | 'absent' | 'impossible' | 'unread' {
  return read.kind === 'read' ? read.value.kind : 'unread';
}
