import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canWriteMove, writeKinds } from '#domain/write.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import { posError, posErrorCodes } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import { decideAfterReadBack, decideAfterSend, mustCheckLocation, settledAtMs } from './decide.ts';
import type { WriteFacts } from './decide.ts';
import { absent, applied, present, readable, unread } from './test-pos.ts';

const sentMs = 1_000_000;

describe('every decision', () => {
  const capabilities = fc.record({
    createDedupe: fc.constantFrom('key', 'unique-reference', 'open-only', 'none' as const),
    dedupeWindowMs: fc.option(fc.integer({ min: 0, max: 600_000 })),
    readBack: fc.constantFrom('reference', 'none' as const),
    readLagMs: fc.nat(10_000),
    lateArrivalMs: fc.nat(60_000),
    attemptDeadlineMs: fc.integer({ min: 1_000, max: 30_000 }),
  });
  const anyCapabilities = capabilities.map((some): Capabilities => ({ ...readable, ...some }));
  const error = fc.constantFrom(...posErrorCodes).map((code) => posError(code, 'x'));
  const outcome: fc.Arbitrary<WriteOutcome<unknown>> = fc.oneof(
    fc.constant(applied),
    error.map((reason) => ({ kind: 'refused' as const, error: reason })),
    error.map((reason) => ({ kind: 'locked' as const, error: reason })),
    fc.tuple(error, fc.boolean()).map(([reason, answered]) => ({
      kind: 'not-applied' as const,
      error: reason,
      answered,
    })),
    fc
      .tuple(error, fc.boolean())
      .map(([reason, answered]) => ({ kind: 'unknown' as const, error: reason, answered })),
  );
  const read: fc.Arbitrary<ReadOutcome<ReadBack<unknown>>> = fc.oneof(
    fc.constantFrom(absent, present, unread),
    error.map((reason) => ({ kind: 'read' as const, value: { kind: 'impossible' as const, error: reason } })),
  );
  const facts = fc
    .record({
      kind: fc.constantFrom(...writeKinds),
      attemptsUsed: fc.integer({ min: 1, max: 6 }),
      absences: fc.nat(1),
      inDoubt: fc.option(fc.nat(400_000)),
      tookMs: fc.option(fc.nat(30_000)),
      expires: fc.option(fc.nat(120_000)),
      joins: fc.boolean(),
    })
    .map(({ kind, joins, attemptsUsed, absences, inDoubt, tookMs, expires }): WriteFacts => ({
      kind,
      state: 'sending',
      joins,
      attemptsUsed,
      absences,
      doubtSinceMs: inDoubt === null ? null : sentMs - inDoubt,
      lastSentAtMs: sentMs,
      lastEndedAtMs: tookMs === null ? null : sentMs + tookMs,
      expiresAtMs: kind === 'send-message' && expires !== null ? sentMs + expires : null,
      error: null,
    }));

  it('is a move the table of states allows, with a reason wherever a person will ask for one', () => {
    fc.assert(
      fc.property(
        facts,
        outcome,
        anyCapabilities,
        fc.tuple(fc.boolean(), fc.boolean()),
        (was, what, can, [readOnly, blocked]) => {
          const next = decideAfterSend(was, what, can, {
            readOnly,
            blocked: blocked && mustCheckLocation(what),
          });
          assert.ok(canWriteMove('sending', next.state), next.state);
          assert.equal(next.state === 'waiting', next.waitingFrom !== null);
          assert.equal(next.error === null, next.state === 'delivered');
          assert.ok(!readOnly || (next.state !== 'locked' && next.state !== 'backing-off'));
          // Nothing is given up as refused while it may be in the POS.
          assert.ok(next.state !== 'refused' || was.doubtSinceMs === null);
          // What may be in the POS is not sent again before it has settled.
          if (what.kind === 'unknown' && next.state !== 'unconfirmed' && next.state !== 'error')
            assert.ok(next.dueAtMs >= settledAtMs(was, can));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is allowed after a read back too, and sends nothing that may still land', () => {
    fc.assert(
      fc.property(
        facts,
        read,
        anyCapabilities,
        fc.tuple(
          fc.constantFrom('unconfirmed', 'error' as const),
          fc.nat(200_000),
          fc.nat(20_000),
          fc.boolean(),
        ),
        (was, what, can, [state, afterMs, tookMs, readOnly]) => {
          const startedAtMs = sentMs + afterMs;
          const next = decideAfterReadBack({ ...was, state }, what, can, {
            startedAtMs,
            nowMs: startedAtMs + tookMs,
            readOnly,
          });
          assert.ok(next.state === state || canWriteMove(state, next.state), `${state} ${next.state}`);
          const sends = next.state === 'backing-off' || next.state === 'waiting';
          assert.ok(!sends || state === 'unconfirmed');
          if (sends && can.readBack !== 'none') {
            assert.ok(startedAtMs >= settledAtMs(was, can) && was.absences === 1);
            assert.equal(next.doubtSinceMs, null);
          }
          if (sends) assert.ok(next.dueAtMs >= settledAtMs(was, can));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
