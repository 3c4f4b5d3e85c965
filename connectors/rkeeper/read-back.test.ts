import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PosWritten, RoundWrite } from '#contract/connector.ts';
import type { ReadBack } from '#contract/outcome.ts';
import {
  bracedGuidOf,
  connectTo,
  error,
  lineReference,
  listXml,
  never,
  ok,
  orderReference,
  orderXml,
  ourGuid,
  packageXml,
  roundReference,
  systemInfo,
  testReference,
  testRound,
} from './test-pos.ts';
import type { Script } from './test-pos.ts';

const notFound = error(2000, 'Order not found');
const tillGuid = bracedGuidOf(testReference(200));
const content = packageXml(roundReference, [lineReference]);
const further = testRound({ kind: 'append-round', posRef: ourGuid });

describe('reading back a round', () => {
  it('finds it on the order it was appended to', async () => {
    const seen = await readBack({ GetOrder: [ok(orderXml({ guid: ourGuid, content }))] }, further);
    assert.ok(seen.kind === 'present' && 'packageRef' in seen.value);
    assert.equal(seen.value.packageRef, bracedGuidOf(roundReference));
  });

  it('is absent while the order is open, impossible once it was closed, voided or lost without the round', async () => {
    const open = await readBack({ GetOrder: [ok(orderXml({ guid: ourGuid }))] }, further);
    assert.equal(open.kind, 'absent');
    for (const reaction of [
      ok(orderXml({ guid: ourGuid, attributes: 'finished="1"' })),
      ok(orderXml({ guid: ourGuid, attributes: 'deleted="1"' })),
      notFound,
    ]) {
      assert.equal((await readBack({ GetOrder: [reaction] }, further)).kind, 'impossible');
    }
  });

  it('finds a first round on our own order, by GUID or by reference', async () => {
    const byGuid = await readBack({ GetOrder: [ok(orderXml({ guid: ourGuid, content }))] });
    assert.equal(byGuid.kind, 'present');
    const props = `<ExternalProps><Prop name="tableside" value="${orderReference}"/></ExternalProps>`;
    const byReference = await readBack({
      GetOrder: [notFound, ok(orderXml({ guid: tillGuid, props, content }))],
    });
    assert.ok(byReference.kind === 'present' && 'joined' in byReference.value);
    assert.deepEqual([byReference.value.posRef, byReference.value.joined], [tillGuid, false]);
  });

  it('finds a first round that joined the till’s order, at the table or after it was moved or closed', async () => {
    const till = orderXml({ guid: tillGuid, content });
    const atTable = await readBack({
      GetOrder: (command) => (isFor(command, tillGuid) ? ok(till) : notFound),
      GetOrderList2: [ok(listXml([orderXml({ guid: tillGuid })]))],
    });
    assert.ok(atTable.kind === 'present' && 'joined' in atTable.value && atTable.value.joined);

    const memory = new Map([['joined-orders', JSON.stringify([[roundReference, tillGuid]])]]);
    const closed = orderXml({ guid: tillGuid, table: 9, attributes: 'finished="1"', content });
    const moved = await readBack(
      { GetOrder: (command) => (isFor(command, tillGuid) ? ok(closed) : notFound), GetOrderList2: [ok('')] },
      testRound(),
      memory,
    );
    assert.equal(moved.kind, 'present');
  });

  it('is absent when nothing shows a first round, and an open order of others proves nothing', async () => {
    const seen = await readBack({
      GetOrder: (command) => (isFor(command, tillGuid) ? ok(orderXml({ guid: tillGuid })) : notFound),
      GetOrderList2: [ok(listXml([orderXml({ guid: tillGuid })]))],
    });
    assert.equal(seen.kind, 'absent');
  });

  it('never takes another restaurant’s silence for absence', async () => {
    const rig = connectTo({ GetSystemInfo2: [ok(systemInfo('299990002'))], GetOrder: [notFound] });
    const seen = await rig.connector.readBack?.(further, never);
    assert.ok(seen?.kind === 'failed' && seen.error.code === 'wrong-restaurant');
  });

  it('remembers which order a first round was about to join before it is sent', async () => {
    const till = orderXml({ guid: tillGuid });
    let noted: string | undefined;
    const memory = new Map<string, string>();
    const rig = connectTo(
      {
        GetOrderList2: [ok(listXml([till]))],
        GetOrder: [ok(till)],
        SaveOrder: () => {
          noted = memory.get('joined-orders');
          return { kind: 'reset' };
        },
      },
      { memory },
    );
    assert.equal((await rig.connector.placeRound(testRound(), never)).kind, 'unknown');
    assert.equal(noted, JSON.stringify([[roundReference, tillGuid]]));
  });
});

async function readBack(
  script: Script,
  write: RoundWrite = testRound(),
  memory = new Map<string, string>(),
): Promise<ReadBack<PosWritten>> {
  const rig = connectTo(script, { memory });
  const seen = await rig.connector.readBack?.(write, never);
  assert.ok(seen?.kind === 'read', JSON.stringify(seen));
  assert.ok(
    !rig.commands().some((command) => /^(?:Create|Lock|Save|Pay)/.test(command)),
    'a read back wrote',
  );
  return seen.value;
}

function isFor(
  command: Parameters<Exclude<NonNullable<Script['GetOrder']>, readonly unknown[]>>[0],
  guid: string,
): boolean {
  return command.children[0]?.attributes['guid'] === guid;
}
