import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertReleased,
  bracedGuidOf,
  connectTo,
  empty,
  error,
  lineReference,
  never,
  ok,
  orderXml,
  ourGuid,
  packageXml,
  roundReference,
  saved,
  testLine,
  testReference,
  testRound,
} from './test-pos.ts';
import type { Rig, Script } from './test-pos.ts';

describe('what PostOrder knows after SaveOrder', () => {
  const further = testRound({ kind: 'append-round', posRef: ourGuid });
  const withSave = (reactions: Script): Rig => connectTo({ GetOrder: [empty], ...reactions });

  it('cannot know when the answer is lost, cut, not understood or unlisted', async () => {
    const lost: Script[] = [
      { SaveOrder: [{ kind: 'reset' }] },
      { SaveOrder: [{ kind: 'garbage' }] },
      { SaveOrder: [{ kind: 'http', status: 500 }] },
      { SaveOrder: [error(4711, 'something new')] },
      { SaveOrder: [{ kind: 'error', status: 'Result Writing Error' }] },
    ];
    for (const script of lost) {
      const rig = withSave(script);
      const outcome = await rig.connector.placeRound(further, never);
      assert.equal(outcome.kind, 'unknown', JSON.stringify(script));
      assertReleased(rig);
    }
  });

  it('knows that nothing happened when the request never left, was locked, refused or not let in', async () => {
    const certain: readonly (readonly [Script, string])[] = [
      [{ SaveOrder: [{ kind: 'refused' }] }, 'not-applied'],
      [{ SaveOrder: [{ kind: 'http', status: 401 }] }, 'not-applied'],
      [{ SaveOrder: [error(2219, 'locked')] }, 'locked'],
      [{ SaveOrder: [error(2128, 'closed')] }, 'refused'],
      [{ SaveOrder: [error(0, 'UCSERR(2172): closing', 'Query Parse Error')] }, 'not-applied'],
    ];
    for (const [script, kind] of certain) {
      const rig = withSave(script);
      const outcome = await rig.connector.placeRound(further, never);
      assert.equal(outcome.kind, kind, JSON.stringify(script));
      assertReleased(rig);
    }
  });

  it('believes an Ok only with the round on the order', async () => {
    const shownLater = ok(
      orderXml({ guid: ourGuid, version: 2, content: packageXml(roundReference, [lineReference]) }),
    );
    const later = withSave({ GetOrder: [empty, empty, shownLater], SaveOrder: [empty] });
    assert.equal((await later.connector.placeRound(further, never)).kind, 'applied');
    const neverShown = withSave({ SaveOrder: [empty] });
    assert.equal((await neverShown.connector.placeRound(further, never)).kind, 'unknown');
  });

  it('does not call a round done of which the POS left out a line', async () => {
    const both = { ...further, lines: [testLine(), testLine({ lineId: testReference(4) })] };
    const part = ok(
      '<Error RK7ErrorN="9" ErrorText="no"><FaultyTag/></Error>' +
        orderXml({ guid: ourGuid, version: 2, content: packageXml(roundReference, [lineReference]) }),
    );
    const rig = withSave({ GetOrder: [empty, empty, part], SaveOrder: [part] });
    const outcome = await rig.connector.placeRound(both, never);
    assert.ok(outcome.kind === 'unknown' && outcome.error.code === 'unknown-outcome');
    const back = await rig.connector.readBack?.(both, never);
    assert.ok(back?.kind === 'read' && back.value.kind === 'impossible');
  });

  it('knows its package on a server that gave it a GUID of its own', async () => {
    const renamed = ok(
      orderXml({ guid: ourGuid, version: 2, content: packageXml(testReference(50), [testReference(51)]) }),
    );
    const rig = withSave({ GetOrder: [empty, empty, renamed], SaveOrder: [renamed] });
    const outcome = await rig.connector.placeRound(further, never);
    assert.ok(outcome.kind === 'applied');
    assert.equal(outcome.value.packageRef, bracedGuidOf(testReference(50)));
  });

  it('takes a printer error beside an Ok for what it is, and a lock beside an Ok for a lock', async () => {
    const paper = '<Error RK7ErrorN="8" Component="Printer" ErrorText="no paper"><FaultyTag/></Error>';
    const printed = withSave({
      SaveOrder: [
        ok(paper + orderXml({ guid: ourGuid, content: packageXml(roundReference, [lineReference]) })),
      ],
    });
    assert.equal((await printed.connector.placeRound(further, never)).kind, 'applied');
    const lock =
      '<Errors><Error RK7ErrorN="2219" Component="Rights">locked by another lock key</Error></Errors>';
    const locked = withSave({ SaveOrder: [ok(lock + orderXml({ guid: ourGuid }))] });
    assert.equal((await locked.connector.placeRound(further, never)).kind, 'locked');
  });

  it('keeps its outcome when letting go fails', async () => {
    const rig = withSave({
      SaveOrder: [saved],
      LockOrder: (command) =>
        command.attributes['lockTime'] === '1899-12-30T00:00:00' ? { kind: 'reset' } : ok('', 'locked="1"'),
    });
    assert.equal((await rig.connector.placeRound(further, never)).kind, 'applied');
  });

  it('lets go even after its signal has ended', async () => {
    const attempt = new AbortController();
    const rig = withSave({
      SaveOrder: () => {
        attempt.abort();
        return { kind: 'reset' };
      },
    });
    const outcome = await rig.connector.placeRound(further, attempt.signal);
    assert.equal(outcome.kind, 'unknown');
    await new Promise((resolve) => setImmediate(resolve));
    assertReleased(rig);
  });
});
