import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { childNamed } from '#transport/xml.ts';
import {
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
  testRound,
} from './test-pos.ts';
import type { Rig, Script } from './test-pos.ts';

const instanceGuid = '11111111-2222-4333-8444-555555555555';
const counter = `licence-seq-${instanceGuid}`;
const subscription = {
  settings: { licence: { mode: 'subscription', anchor: '6:{P}#199990001/17', instanceGuid } },
  secret: { licenceToken: 'token-1' },
};
const further = testRound({ kind: 'append-round', posRef: ourGuid });
const lastIs = (number: number) =>
  ok(
    `<LicenseInfo anchor="a" licenseToken="t"><LicenseInstance guid="${instanceGuid}" seqNumber="${number}"/></LicenseInfo>`,
  );

describe('the licence of an order interface by subscription', () => {
  it('counts from 0, saves the number before sending and puts the licence first', async () => {
    const memory = new Map<string, string>();
    let savedBefore: string | undefined;
    const rig = connectTo(
      {
        GetOrder: [empty],
        SaveOrder: () => {
          savedBefore = memory.get(counter);
          return saved;
        },
      },
      { ...subscription, memory },
    );
    await rig.connector.placeRound(further, never);
    assert.deepEqual(numbersOf(rig), ['0']);
    assert.equal(savedBefore, '0');
    assert.equal(
      rig.sent.find((entry) => entry.command === 'SaveOrder')?.element.children[0]?.name,
      'LicenseInfo',
    );
    await rig.connector.placeRound(further, never);
    assert.deepEqual(numbersOf(rig), ['0', '1']);
  });

  it('never gives a number that may have arrived to another call', async () => {
    const memory = new Map([[counter, '4']]);
    const rig = connectTo(
      { GetOrder: [empty], SaveOrder: [{ kind: 'reset' }, saved] },
      { ...subscription, memory },
    );
    await rig.connector.placeRound(further, never);
    await rig.connector.placeRound(further, never);
    assert.deepEqual(numbersOf(rig), ['5', '6']);
  });

  it('takes back a number whose call never left', async () => {
    const memory = new Map([[counter, '4']]);
    const rig = connectTo(
      { GetOrder: [empty], SaveOrder: [{ kind: 'refused' }, saved] },
      { ...subscription, memory },
    );
    await rig.connector.placeRound(further, never);
    await rig.connector.placeRound(further, never);
    assert.deepEqual(numbersOf(rig), ['5', '5']);
  });

  it('recovers from 5305 within the attempt: asks, looks, sends once more with the next number', async () => {
    const rig = connectTo(
      {
        GetOrder: [empty],
        SaveOrder: [error(5305, 'allowed {41, 42}'), saved],
        GetXMLLicenseInstanceSeqNumber: [lastIs(41)],
      },
      subscription,
    );
    const outcome = await rig.connector.placeRound(further, never);
    assert.equal(outcome.kind, 'applied');
    assert.deepEqual(numbersOf(rig), ['0', '42']);
    assert.equal(rig.memory.get(counter), '42');
    assert.deepEqual(rig.commands().slice(-5), [
      'SaveOrder',
      'GetXMLLicenseInstanceSeqNumber',
      'GetOrder',
      'SaveOrder',
      'LockOrder',
    ]);
  });

  it('does not send again when the round turns out to be on the order', async () => {
    const shown = ok(orderXml({ guid: ourGuid, content: packageXml(roundReference, [lineReference]) }));
    const rig = connectTo(
      {
        GetOrder: [empty, empty, shown],
        SaveOrder: [error(5305)],
        GetXMLLicenseInstanceSeqNumber: [lastIs(41)],
      },
      subscription,
    );
    const outcome = await rig.connector.placeRound(further, never);
    assert.equal(outcome.kind, 'not-applied');
    assert.equal(numbersOf(rig).length, 1);
  });

  it('gives up after one resend, certainly not applied', async () => {
    const script: Script = {
      GetOrder: [empty],
      SaveOrder: [error(5305)],
      GetXMLLicenseInstanceSeqNumber: [lastIs(41)],
    };
    const rig = connectTo(script, subscription);
    const outcome = await rig.connector.placeRound(further, never);
    assert.ok(outcome.kind === 'not-applied' && outcome.error.code === 'licence-refused');
    assert.equal(numbersOf(rig).length, 2);
  });

  it('says nothing of a licence that lies in R-Keeper', async () => {
    const rig = connectTo({ GetOrder: [empty], SaveOrder: [saved] });
    await rig.connector.placeRound(further, never);
    assert.deepEqual(numbersOf(rig), [undefined]);
  });
});

function numbersOf(rig: Rig): readonly (string | undefined)[] {
  return rig.sent
    .filter((entry) => entry.command === 'SaveOrder')
    .map((entry) => {
      const info = childNamed(entry.element, 'LicenseInfo');
      return info === undefined ? undefined : childNamed(info, 'LicenseInstance')?.attributes['seqNumber'];
    });
}
