import type { WriteState } from '#domain/write.ts';
import { minuteMs } from '#domain/time.ts';
import type { Fault, ProcessFault } from './faults.ts';
import type { Patch } from './hooks.ts';

/**
 * A bug put into production code, or into the model of the store, while it is loaded: what a run must notice. `classes` are the POSes
 * it shows at soonest.
 */
export type Planted = {
  readonly name: string;
  readonly classes: readonly string[];
  readonly patches: readonly Patch[];
  /** It shows only after a POS was away longer than a round stays fresh. */
  readonly needsLongOutage?: true;
  /** Of more guests than usual who pay at the provider, where it shows in their money. */
  readonly onlineShare?: number;
  /** Nothing but these goes wrong: it shows only when one rare thing happens at the right moment. */
  readonly faults?: readonly Fault[];
};

/** One process fault again and again, each waiting for a write of the next location to be in a state. */
function again(
  kind: ProcessFault,
  at: { readonly whenState: WriteState; readonly everyMs: number; readonly ms: number },
): readonly Fault[] {
  const { everyMs, ...rest } = at;
  return Array.from({ length: Math.floor((10 * minuteMs) / everyMs) }, (_, index) => ({
    ...rest,
    kind,
    atMs: index * everyMs,
    location: index % some.length,
    target: 'any',
    count: 1,
    process: index % 2,
  }));
}

function fromTheStart(kind: Fault['kind'], rest: Partial<Fault>): Fault {
  return { kind, atMs: 0, location: 0, whenState: null, target: 'any', count: 1, ms: 0, process: 0, ...rest };
}

const readable = ['readable', 'two-step', 'relay'];
const silentPos = ['key', 'unique', 'open-only', 'mute'];
const some = ['readable', 'key', 'two-step', 'unique'];

function late(planted: Planted): Planted {
  return { ...planted, needsLongOutage: true };
}

function bug(
  name: string,
  classes: readonly string[],
  file: string,
  [find, replace]: readonly [find: string, replace: string],
): Planted {
  return { name, classes, patches: [{ file, find, replace }] };
}

/** A bug in what is done with guests' money. */
function moneyBug(name: string, file: string, edit: readonly [find: string, replace: string]): Planted {
  return { ...bug(name, some, file, edit), onlineShare: 0.9 };
}

const payment = 'src/domain/payment.ts';
const converge = 'src/payments/converge.ts';
const settleOrder = 'src/payments/settle-order.ts';
const decide = 'src/delivery/decide.ts';
const step = 'src/delivery/step.ts';
const claims = 'test/simulation/store/write-claims.ts';
const submit = 'src/ordering/submit-round.ts';
const round = 'src/domain/round.ts';
const schedule = 'src/contract/schedule.ts';

export const plantedBugs: readonly Planted[] = [
  bug('a refusal of a repeat counts for what it repeats', ['open-only'], decide, [
    `: { ...same, state: 'error', error: unknownOutcome(outcome.error) };`,
    `: { ...same, state: 'refused', error: outcome.error };`,
  ]),
  bug('an unknown outcome is sent again on the schedule', readable, decide, [
    `return whileReadOnly(afterUnknown(facts, outcome.error, capabilities), place.readOnly);`,
    `return onSchedule(facts, capabilities, { state: 'backing-off', error: outcome.error });`,
  ]),
  bug('absence counts before the POS had time to finish', readable, decide, [
    `if (inError || when.startedAtMs < settledAtMs(facts, capabilities)) return stay;`,
    `if (inError) return stay;`,
  ]),
  bug('late arrivals are not waited for', readable, decide, [
    `return lastByteMs + capabilities.lateArrivalMs + capabilities.readLagMs;`,
    `return lastByteMs;`,
  ]),
  bug('the settle time counts from the answer, not from the deadline', readable, decide, [
    `facts.lastSentAtMs + capabilities.attemptDeadlineMs,`,
    `facts.lastSentAtMs,`,
  ]),
  bug('a POS is believed to remember for ever', ['key'], decide, [
    `const usableMs = dedupeWindowMs - capabilities.attemptDeadlineMs - dedupeWindowMs / 10;`,
    `const usableMs = Number.POSITIVE_INFINITY;`,
  ]),
  bug('what a POS cannot remember is repeated', ['mute'], decide, [
    `if (!covers || facts.doubtSinceMs === null) return false;`,
    `if (facts.doubtSinceMs === null) return false;`,
  ]),
  bug('a read that shows the write changes nothing', readable, decide, [
    `return { ...stay, state: 'delivered', doubtSinceMs: null, error: null };`,
    `return stay;`,
  ]),
  bug('a round that can no longer land counts as delivered', readable, decide, [
    `state: 'refused', error: lacksPaidLines(facts, error) ? facts.error : error };`,
    `state: 'delivered', error };`,
  ]),
  bug('schedules count from the send', some, decide, [
    `const dueAtMs = Math.max(endedAtMs + (delayMs ?? 0), next.notBeforeMs ?? 0);`,
    `const dueAtMs = Math.max(facts.lastSentAtMs + (delayMs ?? 0), next.notBeforeMs ?? 0);`,
  ]),
  bug('jitter is taken off', some, decide, [
    `const dueAtMs = Math.max(endedAtMs + (delayMs ?? 0), next.notBeforeMs ?? 0);`,
    `const dueAtMs = Math.max(endedAtMs + (delayMs ?? 0) * 0.95, next.notBeforeMs ?? 0);`,
  ]),
  bug('the last wait is a minute', some, schedule, [
    `[5_000, 10_000, 20_000, 40_000, 80_000]`,
    `[5_000, 10_000, 20_000, 40_000, 60_000]`,
  ]),
  bug('mark-paid goes on the lock schedule', some, schedule, [
    `'mark-paid': markPaidScheduleMs,`,
    `'mark-paid': lockScheduleMs,`,
  ]),
  bug('one retry too many', some, schedule, [
    `[5_000, 10_000, 20_000, 40_000, 80_000]`,
    `[5_000, 10_000, 20_000, 40_000, 80_000, 80_000]`,
  ]),
  bug('the first wait is skipped', some, schedule, [
    `return retrySchedulesMs[kind][attempts - 1];`,
    `return retrySchedulesMs[kind][attempts];`,
  ]),
  bug('a repeat is sent although the POS may have forgotten', ['key'], step, [
    `if (unsafe !== undefined) {`,
    `if (unsafe !== undefined && unsafe.code === 'auth-failed') {`,
  ]),
  bug('a good check blocks and a bad one does not', some, step, [
    `mustCheckLocation(outcome) && !(await checkLocation(deps, claimed));`,
    `mustCheckLocation(outcome) && (await checkLocation(deps, claimed));`,
  ]),
  bug('the lease is not fenced', some, claims, [
    `const isHeld = row?.lease_owner === owner && row.lease_epoch === claimed.epoch;`,
    `const isHeld = row !== undefined && owner !== '';`,
  ]),
  bug('what a dead process was sending is sent again unread', readable, claims, [
    `const isSend = sendable.includes(write.state);`,
    `const isSend = sendable.includes(write.state) || write.state === 'sending';`,
  ]),
  bug('what a dead process was sending stays there', some, claims, [
    `return write.state === 'sending' && write.lease_until_ms !== null && write.lease_until_ms < nowMs;`,
    `return write.state === 'sending' && write.lease_until_ms === nowMs + Number.POSITIVE_INFINITY;`,
  ]),
  bug('writes of one lane overtake each other', some, claims, [
    `database.heads.forEach(take);`,
    `database.heads.forEach(take);
     database.unsettled.each('', (write) => {
       if (sendable.includes(write.state) && !due.includes(write)) take(write);
     });`,
  ]),
  late(
    bug('old rounds are cooked without asking', some, claims, [
      `(write.fresh_until_ms ?? nowMs) >= nowMs)`,
      `(write.fresh_until_ms ?? nowMs) !== -1)`,
    ]),
  ),
  late(
    bug('nobody is asked about an old round', some, 'src/delivery/freshness.ts', [
      `if (write.fresh_until_ms === null || write.fresh_until_ms >= nowMs) return undefined;`,
      `if (write.kind !== 'send-message') return undefined;`,
    ]),
  ),
  late(
    bug('nothing ever grows old', some, 'src/delivery/upkeep.ts', [
      `() => ageWrites(deps)`,
      `() => Promise.resolve()`,
    ]),
  ),
  {
    name: 'a worker sends before its claim is saved',
    classes: some,
    patches: [
      {
        file: 'src/delivery/worker.ts',
        find: `      return { claimed, nextMs`,
        replace: `      for (const write of claimed) run(write, clock.monotonicMs());
      return { claimed, nextMs`,
      },
      {
        file: 'src/delivery/worker.ts',
        find: `    for (const write of claimed) run(write, claimedAtMs);`,
        replace: `    void claimedAtMs;`,
      },
    ],
    faults: again('commit-lost', { whenState: 'queued', everyMs: 3_000, ms: 0 }),
  },
  bug('retries wait for the backstop', some, 'src/delivery/worker.ts', [
    `return nextMs === undefined ? backstopMs : Math.max(1, nextMs - clock.nowMs());`,
    `return nextMs === undefined ? backstopMs : backstopMs;`,
  ]),
  bug('an exhausted write is on no list', some, 'src/delivery/reconcile.ts', [
    `if (to.state === 'error') await openWriteItem(tx, write, to.error, nowMs);`,
    `if (to.state === 'queued') await openWriteItem(tx, write, to.error, nowMs);`,
  ]),
  bug('each round has a lane of its own', some, submit, [
    `lane: laneOfOrder(order.order_id),`,
    `lane: laneOfOrder(round.roundId),`,
  ]),
  bug('a cart goes to the kitchen unpaid', some, submit, [
    `    table.flow === 'pay-first'
      ? null
      : await enqueueNow(`,
    `    table.flow === 'pay-first' && order.order_id === roundId
      ? null
      : await enqueueNow(`,
  ]),
  bug('only the first line is sent', some, submit, [
    `      openOrder: 'join',
      lines: round.lines,`,
    `      openOrder: 'join',
      lines: round.lines.slice(0, 1),`,
  ]),
  bug('every round has the same reference', some, submit, [
    `const roundId = makeReference(deps.randomBytes);`,
    `const roundId = makeReference(() => new Uint8Array(16));`,
  ]),
  bug('a round that starts anew gets another reference', some, 'src/ordering/write-ended.ts', [
    `    roundId: round.round_id,
    lines: round.lines,`,
    `    roundId: (round.round_id.slice(0, 24) + 'aa') as typeof round.round_id,
    lines: round.lines,`,
  ]),
  bug('a guest is told accepted before anybody knows', some, round, [
    `    case 'unconfirmed':
      return 'sending';`,
    `      return 'sending';
    case 'unconfirmed':
      return 'accepted';`,
  ]),
  bug('a guest is told accepted of what was refused', some, round, [
    `return 'refused';`,
    `return 'accepted';`,
  ]),
  bug('a guest is told no of what is only unknown', silentPos, round, [
    `return 'error';\n    case 'refused'`,
    `return 'refused';\n    case 'refused'`,
  ]),
  bug('a location that comes back keeps its writes on hold', some, 'src/sync/health.ts', [
    `(next.state === 'read-only' ? deps.hold : deps.release)`,
    `(next.state === 'read-only' ? deps.hold : deps.hold)`,
  ]),
  bug('a location never comes back', some, 'src/sync/health.ts', [
    `const left = status.good_pairs_needed - 1;`,
    `const left = status.good_pairs_needed;`,
  ]),
  bug('a read-only location is not asked again', some, 'src/sync/polled-location.ts', [
    `return nowMs + (often ? readOnlyStatusMs : readOnlyStatusLaterMs);`,
    `return nowMs + (often ? 86_400_000 : readOnlyStatusLaterMs);`,
  ]),
  bug('all locations of a company share one connection', some, 'src/gateway/open-connections.ts', [
    'const key = `${companyId} ${locationId}`;',
    'const key = companyId;',
  ]),
  bug('R-Keeper: our package carries no reference', ['rkeeper'], 'connectors/rkeeper/post-order.ts', [
    `attributes: { line_guid: bracedGuid(write.roundReference) },`,
    `attributes: {},`,
  ]),
  bug('R-Keeper: the payment carries no reference', ['rkeeper'], 'connectors/rkeeper/post-pay-order.ts', [
    `extTransactionInfo: write.paymentReference,`,
    `extTransactionInfo: write.posRef,`,
  ]),
  {
    ...bug('a stopped process sends all the same', ['readable', 'readable', 'readable', 'readable'], step, [
      `else if (deps.clock.monotonicMs() - claimedAtMs < sendWithinMs) await`,
      `else await`,
    ]),
    // Long enough for another process to read it as absent and to send it.
    faults: again('stopped', { whenState: 'sending', everyMs: 95_000, ms: 90_000 }),
  },
  bug('an unreachable POS uses up an attempt', some, decide, [
    `attemptsUsed: facts.attemptsUsed - 1,`,
    `attemptsUsed: facts.attemptsUsed,`,
  ]),
  bug('a repeated round request makes a second round', some, submit, [
    `    case 'answered':
      return remembered.answer as SubmittedRound;`,
    `    case 'answered':
      return undefined;`,
  ]),
  bug('a repeated cash request takes money twice', some, 'src/payments/pay-cash.ts', [
    `    case 'answered':
      return remembered.answer as CashPaid;`,
    `    case 'answered':
      return undefined;`,
  ]),
  bug("nothing hangs on a write's end", some, step, [
    `await tellMove(deps, tx, { ...row, state: from }, told);`,
    `await Promise.resolve(told);`,
  ]),
  bug(
    'a 504 counts as not applied',
    ['readable', 'mute', 'two-step'],
    'test/simulation/pos/model-connector.ts',
    [
      `sent: true,
      error: posError('bad-answer', \`HTTP \${answer.status}\`),`,
      `sent: answer.status !== 504,
      error: posError('bad-answer', \`HTTP \${answer.status}\`),`,
    ],
  ),
  bug('a company writes through the connection of another', some, 'src/gateway/open-connections.ts', [
    'const key = `${companyId} ${locationId}`;',
    `const key = 'the first that was opened';`,
  ]),
  {
    ...bug(
      'an attempt goes on after its process was stopped',
      ['two-step', 'two-step', 'two-step', 'two-step'],
      'src/gateway/open-connections.ts',
      [`if (isOver(signal, clock)) return`, `if (signal.aborted && isOver(signal, clock)) return`],
    ),
    faults: [
      ...again('stopped', { whenState: 'sending', everyMs: 95_000, ms: 90_000 }),
      ...some.map((_, location) => fromTheStart('slow', { location, target: 'send', count: 1_000 })),
    ],
  },
  {
    ...bug('a process goes by the wall clock of its machine', some, 'src/store/database-clock.ts', [
      `nowMs: () => Math.floor(system.monotonicMs() + aheadMs),`,
      `nowMs: () => system.nowMs(),`,
    ]),
    faults: again('clock-jumps', { whenState: 'queued', everyMs: 60_000, ms: 120_000 }),
  },
  bug(
    'what a person sends again may still arrive by itself',
    ['mute', 'mute', 'key'],
    'src/delivery/resolve.ts',
    [
      `return waitMs > 0
`,
      `return waitMs > 0 && write.kind === 'send-message'
`,
    ],
  ),
  bug('what a person found in the POS is sent all the same', ['mute', 'key'], 'src/delivery/resolve.ts', [
    `await resolveWrite(tx, write, 'delivered', deps.clock.nowMs());`,
    `await resolveWrite(tx, write, 'queued', deps.clock.nowMs());`,
  ]),
  moneyBug('money that the bank has not sent yet counts as paid', converge, [
    `    case 'authorized':
      return 'open';`,
    `    case 'authorized':
      return seen.state === 'pending' ? 'paid' : 'open';`,
  ]),
  moneyBug('a payment that ended is not believed when it is paid after all', payment, [
    `  expired: ['paid'],`,
    `  expired: [],`,
  ]),
  moneyBug('nobody looks at a payment by himself', payment, [
    `return next === undefined ? null : fromMs + next;`,
    `return next === undefined ? fromMs : null;`,
  ]),
  moneyBug('the tip is not charged', 'src/payments/charge.ts', [
    `return payment.amount_minor + payment.tip_minor + payment.donation_minor;`,
    `return payment.amount_minor + payment.donation_minor;`,
  ]),
  moneyBug('the first share marks the whole bill as paid', settleOrder, [
    `if (dueMinor === 0 && parts.paid.length > 0 && mayMarkPaid(`,
    `if (counted.paidMinor > 0 && parts.paid.length > 0 && mayMarkPaid(`,
  ]),
  moneyBug('a surplus is on no list', 'src/payments/surplus.ts', [
    `if (payment.surplus_minor === 0) return;`,
    `return;`,
  ]),
  moneyBug('money that comes to light later takes the place of what closed the bill', settleOrder, [
    `...(isTold ? { coversMinor: covers } : {}),`,
    `...(isTold && covers < 0 ? { coversMinor: covers } : {}),`,
  ]),
  moneyBug('a refund that failed still counts', payment, [
    `return state !== 'failed' && state !== 'canceled';`,
    `return state !== undefined;`,
  ]),
  moneyBug('a chargeback is on no list', converge, [`if (takenMinor > 0)`, `if (takenMinor < 0)`]),
  {
    ...moneyBug('what the provider took is not compared with what was asked', converge, [
      `const exact = seen.amount.currency === payment.currency && seen.amount.amountMinor === asked;`,
      `const exact = seen.amount.currency === payment.currency;`,
    ]),
    // Among all else a provider says a wrong sum once in a hundred evenings, and only what it says first is acted upon.
    faults: [fromTheStart('provider-wrong-amount', { ms: 10 * minuteMs })],
  },
];
