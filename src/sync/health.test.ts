import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minuteMs } from '#domain/time.ts';
import { markAuthFailed } from '#store/connections.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import type { LocationStatusRow } from '#store/schema.ts';
import { seedCompany, testStores } from '#store/test-store.ts';
import type { Store } from '#store/store.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import { makeHealth, nextStatus } from './health.ts';
import { failed, makeReadablePos, read, silence } from './test-sync.ts';

const good = { kind: 'good' } as const;
const bad = { kind: 'bad', reason: 'pos-offline' } as const;

function statusRow(more: Partial<LocationStatusRow> = {}): LocationStatusRow {
  return {
    company_id: 'c',
    location_id: 'l',
    state: 'online',
    reason: null,
    since_ms: 0,
    good_pairs_needed: 1,
    draining: false,
    flapped_at_ms: [],
    ...more,
  };
}

describe('the rules of read-only', () => {
  it('open on one bad check and close on one good pair', () => {
    const lost = nextStatus(statusRow(), bad, 1_000);
    assert.deepEqual([lost.state, lost.reason, lost.since_ms], ['read-only', 'pos-offline', 1_000]);
    const back = nextStatus(statusRow({ ...lost, flapped_at_ms: [...lost.flapped_at_ms] }), good, 2_000);
    assert.deepEqual([back.state, back.reason, back.since_ms], ['online', null, 2_000]);
  });

  it('ask for twice as many good pairs after each flap within ten minutes, up to four', () => {
    let status = statusRow();
    const needed: number[] = [];
    for (let flap = 0; flap < 5; flap += 1) {
      const lost = nextStatus(status, bad, flap * minuteMs);
      needed.push(lost.good_pairs_needed);
      status = statusRow({ ...lost, flapped_at_ms: [...lost.flapped_at_ms] });
      for (let pair = 0; pair < lost.good_pairs_needed; pair += 1) {
        assert.equal(status.state, 'read-only');
        const next = nextStatus(status, good, flap * minuteMs + 1);
        status = statusRow({ ...next, flapped_at_ms: [...next.flapped_at_ms] });
      }
      assert.equal(status.state, 'online');
    }
    assert.deepEqual(needed, [1, 2, 4, 4, 4]);
    assert.equal(
      nextStatus(status, bad, 60 * minuteMs).good_pairs_needed,
      1,
      'an hour later all is forgotten',
    );
  });

  it('begin the good pairs anew after a bad check, and keep the time the POS was lost', () => {
    const waiting = statusRow({
      state: 'read-only',
      reason: 'pos-offline',
      since_ms: 5,
      good_pairs_needed: 1,
      flapped_at_ms: [3, 4],
    });
    const next = nextStatus(waiting, { kind: 'bad', reason: 'auth-failed' }, 10);
    assert.deepEqual([next.since_ms, next.reason, next.good_pairs_needed], [5, 'auth-failed', 2]);
  });
});

testStores((store) => {
  it('flips a location and puts its writes on hold in one transaction, once', async () => {
    const w = await makeWorld(store());
    w.pos.status = silence;
    assert.equal(await w.checkNow(), false);
    assert.equal(await w.checkNow(), false);
    assert.deepEqual(
      w.seen,
      ['hold', 'flip read-only pos-offline'],
      'an outage is logged once when it starts',
    );
    assert.equal((await w.status())?.state, 'read-only');
    w.pos.status = read({ posRestaurant: 'ours' });
    assert.equal(await w.checkNow(), true);
    assert.deepEqual(w.seen.slice(2), ['release', 'flip online pos-offline'], 'and once when it ends');
  });

  it('takes a POS that answers but cannot be read for lost still', async () => {
    const w = await makeWorld(store());
    w.pos.status = silence;
    await w.checkNow();
    w.pos.status = read({ posRestaurant: 'ours' });
    w.pos.availability = failed('bad-answer');
    assert.equal(await w.checkNow(), false);
    assert.equal((await w.status())?.reason, 'bad-answer');
    w.pos.availability = read({ readAtMs: 0, items: {}, variants: {}, modifiers: {} });
    assert.equal(await w.checkNow(), true);
  });

  it('closes on another restaurant, on a shift that is too long, and on refused credentials', async () => {
    const w = await makeWorld(store());
    w.pos.status = failed('wrong-restaurant');
    await w.checkNow();
    assert.equal((await w.status())?.reason, 'wrong-restaurant');
    w.pos.status = read({ posRestaurant: 'ours', closedFor: { code: 'shift-too-long', detail: '25 h' } });
    await w.checkNow();
    assert.equal((await w.status())?.reason, 'shift-too-long');
    w.pos.status = failed('auth-failed');
    await w.checkNow();
    const { auth_failed_at_ms } = await w.connection();
    assert.equal(auth_failed_at_ms, w.clock.nowMs(), 'remembered, so that nobody knocks again');
  });

  it('does not hold the refusal of old credentials against new ones that were saved meanwhile', async () => {
    const w = await makeWorld(store());
    w.pos.connector.readStatus = async () => {
      await w.store.asCompany(w.place.companyId, (tx) =>
        tx
          .updateTable('connections')
          .set((update) => ({ revision: update('revision', '+', 1) }))
          .execute(),
      );
      return failed('auth-failed');
    };
    assert.equal(await w.checkNow(), false);
    assert.equal((await w.connection()).auth_failed_at_ms, null, 'or nobody would ever knock with them');
  });

  it('asks the POS once for callers at the same time', async () => {
    const w = await makeWorld(store());
    assert.deepEqual(await Promise.all([w.checkNow(), w.checkNow(), w.checkNow()]), [true, true, true]);
    assert.deepEqual(w.pos.asked, ['status']);
  });

  it('changes no row when a check finds nothing new', async () => {
    const w = await makeWorld(store());
    const version = () =>
      w.store.asCompany(w.place.companyId, (tx) =>
        tx
          .selectFrom('location_statuses')
          .select((eb) => eb.ref('xmin' as 'state').as('version'))
          .executeTakeFirstOrThrow(),
      );
    const before = await version();
    await w.checkNow();
    assert.deepEqual(await version(), before);
  });
});

async function makeWorld(store: Store) {
  const clock = makeFakeClock();
  const company = await seedCompany(store, { nowMs: clock.nowMs() });
  const place = { companyId: company.companyId, locationId: company.locationId };
  const pos = makeReadablePos();
  const seen: string[] = [];
  const connection = () =>
    store.asCompany(place.companyId, (tx) =>
      tx.selectFrom('connections').selectAll().executeTakeFirstOrThrow(),
    );
  const note = (what: string) => () => Promise.resolve(void seen.push(what));
  const health = makeHealth({
    store,
    clock,
    connectionFor: async () => ({ connector: pos.connector, revision: (await connection()).revision }),
    hold: note('hold'),
    release: note('release'),
    authFailed: markAuthFailed,
    onFlip: (_place, to, reason) => seen.push(`flip ${to} ${reason}`),
  });
  return {
    store,
    clock,
    place,
    pos,
    seen,
    connection,
    checkNow: () => health.checkNow(place),
    status: () => store.asCompany(place.companyId, (tx) => getLocationStatus(tx, place)),
  };
}
