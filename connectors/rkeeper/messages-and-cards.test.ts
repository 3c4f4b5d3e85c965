import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApplyCardWrite, SendMessageWrite } from '#contract/connector.ts';
import { connectTo, error, never, ok, orderXml, ourGuid, testReference } from './test-pos.ts';
import type { Script } from './test-pos.ts';

const messageReference = testReference(60);
const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);
const message: SendMessageWrite = {
  kind: 'send-message',
  messageReference,
  tableRef: '1000046',
  text: 'Table 12 calls',
  expiresAtMs: nowMs + 120_000,
};

describe('PostSendMessage', () => {
  it('sends it with our reference and an end in the server’s own local time', async () => {
    const rig = connectTo({ GetWaiterMessages: [ok('')], WaiterMessage: [ok('<Message id="5"/>')] });
    const outcome = await rig.connector.sendMessage?.(message, never);
    assert.deepEqual(outcome, { kind: 'applied', value: { messageRef: '5' }, repeated: false });
    const sent = rig.sent.find((entry) => entry.command === 'WaiterMessage')?.element;
    assert.deepEqual(
      [sent?.attributes['external_id'], sent?.attributes['expireTime'], sent?.attributes['messageType']],
      // The scripted server's clock is three hours ahead of ours.
      [messageReference, '2026-11-24T15:02:00', 'XMLInterface'],
    );
  });

  it('shows it once: a message that is there is not sent again', async () => {
    const there = ok(
      `<Message id="5" external_id="${messageReference}" text="x" messageType="XMLInterface"/>`,
    );
    const rig = connectTo({ GetWaiterMessages: [there] });
    const outcome = await rig.connector.sendMessage?.(message, never);
    assert.ok(outcome?.kind === 'applied' && outcome.repeated);
    const back = await rig.connector.readBack?.(message, never);
    assert.ok(back?.kind === 'read' && back.value.kind === 'present');
    const lost = connectTo({ GetWaiterMessages: [ok('')], WaiterMessage: [{ kind: 'reset' }] });
    const unknown = await lost.connector.sendMessage?.(message, never);
    assert.equal(unknown?.kind, 'unknown');
    const absent = await lost.connector.readBack?.(message, never);
    assert.ok(absent?.kind === 'read' && absent.value.kind === 'absent');
  });

  it('does not send one that nobody needs any more', async () => {
    const rig = connectTo({});
    const outcome = await rig.connector.sendMessage?.({ ...message, expiresAtMs: nowMs }, never);
    assert.ok(outcome?.kind === 'refused' && outcome.error.code === 'write-expired');
    assert.deepEqual(rig.commands(), []);
  });
});

describe('PostApplyPersonalCard', () => {
  const card: ApplyCardWrite = { kind: 'apply-card', posRef: ourGuid, cardCode: '7001' };
  const program = { settings: { loyalty: { programCode: 100 } } };
  const open = ok(orderXml({ guid: ourGuid }));
  const onGuest = ok(
    orderXml({ guid: ourGuid, props: '<Guests count="1"><Guest guestLabel="1" cardCode="7001"/></Guests>' }),
  );

  it('is there only where a program is configured', () => {
    const without = connectTo({}).connector;
    assert.deepEqual([without.capabilities.applyCard, without.applyCard], [false, undefined]);
    assert.equal(connectTo({}, program).connector.capabilities.applyCard, true);
  });

  it('applies the card under the lock and believes it when the order shows it', async () => {
    const rig = connectTo({ GetOrder: [open, onGuest], ApplyPersonalCard: [ok('')] }, program);
    const outcome = await rig.connector.applyCard?.(card, never);
    assert.deepEqual(outcome, { kind: 'applied', value: { posRef: ourGuid }, repeated: false });
    const sent = rig.sent.find((entry) => entry.command === 'ApplyPersonalCard')?.element;
    assert.deepEqual(
      sent?.children.map((child) => child.name),
      ['Order', 'Station', 'Interface', 'Cashier', 'Coupons'],
    );
    assert.equal(rig.commands().at(-1), 'LockOrder');
  });

  it('says refused, not applied, locked and unknown for what they are', async () => {
    const ends: readonly (readonly [Script, string])[] = [
      [{ GetOrder: [open], ApplyPersonalCard: [ok('')] }, 'refused'],
      [{ GetOrder: [open], ApplyPersonalCard: [error(3813, 'no such user')] }, 'refused'],
      [{ GetOrder: [open], ApplyPersonalCard: [error(2219)] }, 'locked'],
      [{ GetOrder: [open], ApplyPersonalCard: [{ kind: 'reset' }] }, 'unknown'],
      [{ GetOrder: [{ kind: 'reset' }] }, 'not-applied'],
      [{ GetOrder: [onGuest] }, 'applied'],
    ];
    for (const [script, kind] of ends) {
      const outcome = await connectTo(script, program).connector.applyCard?.(card, never);
      assert.equal(outcome?.kind, kind, JSON.stringify(script));
    }
  });
});

describe('the request log', () => {
  it('shows commands, numbers and references, and never credentials, cards, people or guests’ words', async () => {
    const rig = connectTo(
      {
        GetOrder: [
          ok(orderXml({ guid: ourGuid, props: '<Guests><Guest guestLabel="1" cardCode="4242"/></Guests>' })),
        ],
        ApplyPersonalCard: [error(3813, 'Ivanov')],
        GetWaiterMessages: [ok('')],
        WaiterMessage: [ok('<Message id="5"/>')],
      },
      { settings: { loyalty: { programCode: 100 } } },
    );
    await rig.connector.applyCard?.({ kind: 'apply-card', posRef: ourGuid, cardCode: '7001' }, never);
    await rig.connector.sendMessage?.({ ...message, text: 'It is my birthday' }, never);
    const text = rig.log.map((entry) => entry.request + entry.answer + entry.detail).join('\n');
    for (const secret of ['7001', '4242', 'Ivanov', 'birthday', 'Anna', 'geheim', btoa('HTTP:geheim')]) {
      assert.ok(!text.includes(secret), secret);
    }
    for (const shown of [ourGuid, 'LockOrder', 'RK7ErrorN="3813"', messageReference]) {
      assert.ok(text.includes(shown), shown);
    }
    const card = rig.log.find((entry) => entry.command === 'ApplyPersonalCard');
    assert.deepEqual(
      [card?.operation, card?.result, card?.write, card?.posRef],
      ['PostApplyPersonalCard', 'failed', true, ourGuid],
    );
    assert.equal(rig.log.find((entry) => entry.command === 'GetOrder')?.write, false);
  });
});
