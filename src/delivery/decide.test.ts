import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeKinds } from '#domain/write.ts';
import type { WriteKind } from '#domain/write.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import { posError } from '#contract/errors.ts';
import { retrySchedulesMs } from '#contract/schedule.ts';
import {
  decideAfterReadBack,
  decideAfterSend,
  errorReadEveryMs,
  mustCheckLocation,
  readBackEveryMs,
  sendWithinMs,
  settledAtMs,
  whyNotRepeat,
} from './decide.ts';
import type { WriteFacts } from './decide.ts';
import {
  absent,
  applied,
  locked,
  mute,
  notApplied,
  present,
  readable,
  refused,
  remembering,
  unknown,
  unread,
} from './test-pos.ts';

const sentMs = 1_000_000;
const endedMs = 1_001_234;
const sending: WriteFacts = {
  kind: 'create-order',
  state: 'sending',
  attemptsUsed: 1,
  absences: 0,
  joins: false,
  doubtSinceMs: null,
  lastSentAtMs: sentMs,
  lastEndedAtMs: endedMs,
  expiresAtMs: null,
  error: null,
};
const unconfirmed: WriteFacts = { ...sending, state: 'unconfirmed' };
const inError: WriteFacts = { ...sending, state: 'error', attemptsUsed: 6 };
const online = { readOnly: false, blocked: false };
/** 20 s of deadline and 40 s of late arrival after the send. */
const settled = sentMs + 60_000;
const keyed: Capabilities = { ...remembering, createDedupe: 'key' };
const unique: Capabilities = { ...remembering, createDedupe: 'unique-reference', dedupeWindowMs: null };

describe('after a send', () => {
  it('delivers what was applied, and refuses what the POS refused', () => {
    assert.equal(decideAfterSend(sending, applied, readable, online).state, 'delivered');
    const no = decideAfterSend(sending, refused('item-sold-out'), readable, online);
    assert.deepEqual([no.state, no.error?.code], ['refused', 'item-sold-out']);
  });

  for (const kind of writeKinds) {
    it(`keeps the schedule of ${kind} to the millisecond, from the end of the attempt`, () => {
      for (const [outcome, state] of [
        [locked, 'locked'],
        [notApplied(), 'backing-off'],
      ] as const) {
        for (const [index, delayMs] of retrySchedulesMs[kind].entries()) {
          const next = decideAfterSend(
            { ...sending, kind, attemptsUsed: index + 1 },
            outcome,
            readable,
            online,
          );
          assert.deepEqual(
            [next.state, next.dueAtMs, next.attemptsUsed],
            [state, endedMs + delayMs, index + 1],
          );
        }
        const last = decideAfterSend({ ...sending, kind, attemptsUsed: 6 }, outcome, readable, online);
        assert.deepEqual(
          [last.state, last.error?.code],
          ['error', outcome.kind === 'locked' ? 'order-locked' : 'pos-busy'],
        );
      }
    });
  }

  it('has the schedules of the integration requirements', () => {
    const seconds = (kind: WriteKind) => retrySchedulesMs[kind].map((ms) => ms / 1_000);
    assert.deepEqual(seconds('create-order'), [5, 10, 20, 40, 80]);
    assert.deepEqual(seconds('append-round'), [5, 10, 20, 40, 80]);
    assert.deepEqual(seconds('apply-card'), [5, 10, 20, 40, 80]);
    assert.deepEqual(seconds('send-message'), [5, 10, 20, 40, 80]);
    assert.deepEqual(seconds('mark-paid'), [60, 120, 180, 240, 300]);
  });

  it('names the holder of a lock', () => {
    assert.equal(decideAfterSend(sending, locked, readable, online).heldBy, 'Till 2');
  });

  it('gives the attempt back when the location was to blame, and waits while it is read-only', () => {
    const facts = { ...sending, attemptsUsed: 3 };
    const gone = decideAfterSend(facts, notApplied('pos-offline', false), readable, {
      readOnly: true,
      blocked: true,
    });
    assert.deepEqual([gone.state, gone.waitingFrom, gone.attemptsUsed], ['waiting', 'backing-off', 2]);
    const back = decideAfterSend(facts, notApplied('pos-offline', false), readable, {
      readOnly: false,
      blocked: true,
    });
    assert.deepEqual([back.state, back.dueAtMs, back.attemptsUsed], ['backing-off', endedMs, 2]);
    const held = decideAfterSend(facts, locked, readable, { readOnly: true, blocked: false });
    assert.deepEqual(
      [held.state, held.waitingFrom, held.dueAtMs, held.attemptsUsed],
      ['waiting', 'locked', endedMs + 20_000, 3],
    );
  });

  it('asks at once where the POS can be asked', () => {
    const next = decideAfterSend(sending, unknown(), readable, online);
    assert.deepEqual([next.state, next.dueAtMs], ['unconfirmed', endedMs]);
    // Read-only or not: what may be in the POS is never treated as if it were not.
    assert.equal(
      decideAfterSend(sending, unknown(false), readable, { readOnly: true, blocked: true }).state,
      'unconfirmed',
    );
  });

  it('repeats the same reference after the settle time or the slot, whichever is later, where the POS remembers it', () => {
    for (const capabilities of [keyed, unique, remembering]) {
      const first = decideAfterSend(sending, unknown(), capabilities, online);
      assert.deepEqual(
        [first.state, first.dueAtMs, first.doubtSinceMs],
        ['backing-off', sentMs + 50_000, sentMs],
      );
    }
    const late = decideAfterSend({ ...sending, attemptsUsed: 5 }, unknown(), unique, online);
    assert.deepEqual([late.state, late.dueAtMs], ['backing-off', endedMs + 80_000]);
  });

  it('counts the POS’s memory from the first send in doubt, and keeps a deadline and a tenth off its end', () => {
    // 300 s: the last safe instant is just before 250 s.
    const again = { ...sending, attemptsUsed: 2, doubtSinceMs: sentMs };
    const at = (agoMs: number) =>
      decideAfterSend(
        { ...again, lastSentAtMs: sentMs + agoMs, lastEndedAtMs: sentMs + agoMs },
        unknown(),
        remembering,
        online,
      );
    assert.equal(at(199_999).state, 'backing-off');
    assert.deepEqual([at(200_000).state, at(200_000).error?.code], ['error', 'unknown-outcome']);
    assert.equal(whyNotRepeat(again, remembering, sentMs + 249_999), undefined);
    assert.equal(whyNotRepeat(again, remembering, sentMs + 250_000)?.code, 'unknown-outcome');
    assert.equal(whyNotRepeat({ ...again, doubtSinceMs: null }, remembering, sentMs + 9e9), undefined);
    assert.equal(whyNotRepeat(again, unique, sentMs + 9e9), undefined);
  });

  it('repeats nothing that may have joined another order, where the POS knows a reference only while its order is open', () => {
    const joining = { ...sending, joins: true };
    // That order's own payment may close it before the window is over.
    const first = decideAfterSend(joining, unknown(), remembering, online);
    assert.deepEqual([first.state, first.error?.code], ['error', 'unknown-outcome']);
    assert.equal(decideAfterSend(joining, unknown(), unique, online).state, 'backing-off');
    const again = { ...joining, doubtSinceMs: sentMs };
    assert.equal(whyNotRepeat(again, remembering, sentMs + 60_000)?.code, 'unknown-outcome');
    assert.equal(whyNotRepeat(again, unique, sentMs + 60_000), undefined);
  });

  it('lets only acceptance decide a repeat in doubt: a refusal is held for a person, a lock tries on', () => {
    const doubt = { ...sending, attemptsUsed: 2, doubtSinceMs: sentMs - 60_000 };
    assert.equal(decideAfterSend(doubt, applied, remembering, online).state, 'delivered');
    const no = decideAfterSend(doubt, refused('table-unknown'), remembering, online);
    assert.deepEqual([no.state, no.error?.code], ['error', 'unknown-outcome']);
    const busy = decideAfterSend(doubt, locked, remembering, online);
    assert.deepEqual(
      [busy.state, busy.dueAtMs, busy.doubtSinceMs],
      ['locked', endedMs + 10_000, sentMs - 60_000],
    );
    const tooLate = decideAfterSend(
      { ...doubt, doubtSinceMs: sentMs - 245_000 },
      locked,
      remembering,
      online,
    );
    assert.deepEqual([tooLate.state, tooLate.error?.code], ['error', 'unknown-outcome']);
    const exhausted = decideAfterSend({ ...doubt, attemptsUsed: 6 }, locked, remembering, online);
    assert.deepEqual([exhausted.state, exhausted.error?.code], ['error', 'unknown-outcome']);
  });

  it('trusts a POS’s memory only for what it covers', () => {
    const state = (kind: WriteKind, capabilities: Capabilities) =>
      decideAfterSend({ ...sending, kind }, unknown(), capabilities, online).state;
    assert.equal(state('append-round', keyed), 'backing-off');
    assert.equal(state('append-round', unique), 'error');
    assert.equal(state('append-round', remembering), 'error');
    for (const kind of ['mark-paid', 'send-message', 'apply-card'] as const)
      assert.equal(state(kind, keyed), 'error');
  });

  it('holds for a person where the POS can neither be asked nor remembers', () => {
    const next = decideAfterSend(sending, unknown(), mute, online);
    assert.deepEqual([next.state, next.error?.code], ['error', 'unknown-outcome']);
  });

  it('drops a message whose next slot is after its expiry', () => {
    const facts = {
      ...sending,
      kind: 'send-message' as const,
      attemptsUsed: 5,
      expiresAtMs: sentMs + 80_000,
    };
    const next = decideAfterSend(facts, locked, readable, online);
    assert.deepEqual([next.state, next.error?.code], ['refused', 'write-expired']);
    assert.equal(
      decideAfterSend({ ...facts, expiresAtMs: endedMs + 80_000 }, locked, readable, online).state,
      'locked',
    );
  });

  it('checks the location after silence and after reasons that are the location’s', () => {
    assert.equal(mustCheckLocation(notApplied('pos-busy', false)), true);
    assert.equal(mustCheckLocation(unknown(false)), true);
    for (const code of ['auth-failed', 'pos-offline', 'shift-too-long', 'wrong-restaurant'] as const)
      assert.equal(mustCheckLocation(notApplied(code)), true);
    for (const outcome of [applied, locked, refused(), notApplied(), unknown()])
      assert.equal(mustCheckLocation(outcome), false);
  });
});

describe('after a read back', () => {
  const at = (startedAtMs: number, nowMs = startedAtMs) => ({ startedAtMs, nowMs, readOnly: false });

  it('delivers what the POS shows, from error too, and refuses what can no longer land', () => {
    for (const facts of [unconfirmed, inError]) {
      assert.equal(decideAfterReadBack(facts, present, readable, at(sentMs)).state, 'delivered');
      const gone = decideAfterReadBack(
        facts,
        { kind: 'read', value: { kind: 'impossible', error: posError('order-closed', 'closed') } },
        readable,
        at(sentMs),
      );
      assert.deepEqual([gone.state, gone.error?.code], ['refused', 'order-closed']);
    }
  });

  it('counts absence from the settle time of the question, not of the answer', () => {
    assert.equal(settledAtMs(unconfirmed, readable), settled);
    const early = decideAfterReadBack(unconfirmed, absent, readable, at(settled - 1, settled + 5_000));
    assert.deepEqual(
      [early.state, early.absences, early.dueAtMs],
      ['unconfirmed', 0, settled + 5_000 + readBackEveryMs],
    );
    const first = decideAfterReadBack(unconfirmed, absent, readable, at(settled));
    assert.deepEqual(
      [first.state, first.absences, first.dueAtMs],
      ['unconfirmed', 1, settled + readBackEveryMs],
    );
    const second = decideAfterReadBack(
      { ...unconfirmed, absences: 1 },
      absent,
      readable,
      at(settled + 3_000),
    );
    assert.deepEqual(
      [second.state, second.dueAtMs, second.attemptsUsed, second.absences],
      ['backing-off', settled + 3_000, 1, 0],
    );
  });

  it('adds the read lag, and waits for an attempt that outlived its deadline', () => {
    assert.equal(settledAtMs(unconfirmed, { ...readable, readLagMs: 7_000 }), settled + 7_000);
    assert.equal(settledAtMs({ ...unconfirmed, lastEndedAtMs: sentMs + 21_000 }, readable), sentMs + 61_000);
    assert.equal(
      settledAtMs({ ...unconfirmed, lastEndedAtMs: null }, readable),
      settled + sendWithinMs,
      'nobody saw the end: the latest it can have been',
    );
  });

  it('sends at the schedule’s slot when that is later, and asks a person when there is none left', () => {
    const paid = { ...unconfirmed, kind: 'mark-paid' as const, attemptsUsed: 2, absences: 1 };
    assert.equal(decideAfterReadBack(paid, absent, readable, at(settled + 3_000)).dueAtMs, endedMs + 120_000);
    const last = { ...unconfirmed, attemptsUsed: 6, absences: 1, error: posError('bad-answer', 'half') };
    const next = decideAfterReadBack(last, absent, readable, at(settled + 3_000));
    assert.deepEqual([next.state, next.error?.code], ['error', 'bad-answer']);
  });

  it('learns nothing from a read that failed', () => {
    const next = decideAfterReadBack({ ...unconfirmed, absences: 1 }, unread, readable, at(settled + 9_000));
    assert.deepEqual([next.state, next.absences], ['unconfirmed', 1]);
  });

  it('keeps reading in error once a minute, and never sends from there', () => {
    for (const read of [absent, unread]) {
      const next = decideAfterReadBack({ ...inError, absences: 5 }, read, readable, at(settled + 9e6));
      assert.deepEqual([next.state, next.dueAtMs], ['error', settled + 9e6 + errorReadEveryMs]);
    }
  });

  it('does not leave a dead worker’s write to a POS that cannot be asked', () => {
    const died = { ...unconfirmed, lastEndedAtMs: null };
    const kept = decideAfterReadBack(died, unread, remembering, at(sentMs + 4_001));
    assert.deepEqual(
      [kept.state, kept.dueAtMs, kept.doubtSinceMs],
      ['backing-off', sentMs + sendWithinMs + 50_000, sentMs],
    );
    assert.equal(decideAfterReadBack(died, unread, mute, at(sentMs + 4_001)).state, 'error');
  });
});
