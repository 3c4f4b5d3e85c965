import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectTo, error, never, ok, systemInfo, testRound } from './test-pos.ts';
import type { Script } from './test-pos.ts';

/** No order at the table, and none may be made: the common shift is open too long. */
const shiftTooLong: Script = {
  GetOrderList2: [ok('')],
  GetOrder: [error(2000, 'Order not found')],
  CreateOrder: [error(2133, 'shift')],
};

describe('GetRestaurantStatus of a shift that is open too long', () => {
  it('says so once CreateOrder was refused for it, until a new shift', async () => {
    const rig = connectTo(shiftTooLong);
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'not-applied');
    assert.equal(outcome.error.code, 'shift-too-long');
    const status = await rig.connector.readStatus(never);
    assert.ok(status.kind === 'read');
    assert.equal(status.value.closedFor?.code, 'shift-too-long');
    rig.memory.set('shift-too-long', 'an older shift');
    const later = await rig.connector.readStatus(never);
    assert.ok(later.kind === 'read' && later.value.closedFor === undefined);
  });

  it('is not confused with the one that staff open right after the refusal', async () => {
    const rig = connectTo({
      ...shiftTooLong,
      GetSystemInfo2: [ok(systemInfo('199990001', 7)), ok(systemInfo('199990001', 8))],
    });
    await rig.connector.placeRound(testRound(), never);
    const status = await rig.connector.readStatus(never);
    assert.ok(status.kind === 'read' && status.value.closedFor === undefined);
    await rig.connector.placeRound(testRound(), never);
    const again = await rig.connector.readStatus(never);
    assert.ok(again.kind === 'read' && again.value.closedFor !== undefined, 'refused in the new one as well');
  });
});
