import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectTo, empty, never, ourGuid, saved, testLine, testRound } from './test-pos.ts';

describe('what stands before every write', () => {
  it('writes nothing to another restaurant', async () => {
    const rig = connectTo({}, { settings: { restaurantId: '299990002' } });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'not-applied');
    assert.equal(outcome.error.code, 'wrong-restaurant');
    assert.deepEqual(rig.commands(), ['GetSystemInfo2']);
  });

  it('asks who answers once, and again after a call that got no answer', async () => {
    const rig = connectTo({ GetOrder: [empty], SaveOrder: [saved, { kind: 'reset' }, saved] });
    const further = testRound({ kind: 'append-round', posRef: ourGuid });
    const checks = () => rig.commands().filter((command) => command === 'GetSystemInfo2').length;
    await rig.connector.placeRound(further, never);
    await rig.connector.placeRound(further, never);
    assert.equal(checks(), 1);
    await rig.connector.placeRound(further, never);
    assert.equal(checks(), 2);
  });

  it('does not start while an earlier write is under way, and ends with its signal', async () => {
    const rig = connectTo({ GetOrder: [empty], SaveOrder: [saved] });
    const further = testRound({ kind: 'append-round', posRef: ourGuid });
    const ended = AbortSignal.abort();
    const [first, second] = await Promise.all([
      rig.connector.placeRound(further, never),
      rig.connector.placeRound(further, ended),
    ]);
    assert.equal(first.kind, 'applied');
    assert.ok(second.kind === 'not-applied' && !second.answered);
    assert.equal(rig.commands().filter((command) => command === 'SaveOrder').length, 1);
  });

  it('runs two writes one after the other, never mixed', async () => {
    const rig = connectTo({ GetOrder: [empty], SaveOrder: [saved] });
    const further = testRound({ kind: 'append-round', posRef: ourGuid });
    await Promise.all([rig.connector.placeRound(further, never), rig.connector.placeRound(further, never)]);
    const one = ['GetOrder', 'LockOrder', 'GetOrder', 'SaveOrder', 'LockOrder'];
    assert.deepEqual(rig.commands(), ['GetSystemInfo2', ...one, ...one]);
  });

  it('sends nothing for lines it cannot say', async () => {
    const rig = connectTo({});
    const note = await rig.connector.placeRound(testRound({ lines: [testLine({ note: 'no nuts' })] }), never);
    assert.ok(note.kind === 'refused' && note.error.code === 'not-possible');
    const item = await rig.connector.placeRound(testRound({ lines: [testLine({ itemId: 'pizza' })] }), never);
    assert.ok(item.kind === 'refused' && item.error.code === 'item-unknown');
    const table = await rig.connector.placeRound(testRound({ tableRef: 'window' }), never);
    assert.ok(table.kind === 'refused' && table.error.code === 'table-unknown');
    assert.deepEqual(rig.commands(), []);
  });
});
