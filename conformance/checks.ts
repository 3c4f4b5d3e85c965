import assert from 'node:assert/strict';
import type { RoundPlaced } from '#contract/connector.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { money } from '#domain/money.ts';
import { faultChecks } from './fault-checks.ts';
import { never, openRig } from './rig.ts';
import type { RigCheck, Subject } from './rig.ts';

/** One thing a connector must keep. Throws when it does not. */
export type Check = { readonly name: string; readonly run: () => Promise<void> };

/** Text that survives a careless wire badly: accents, other scripts, and what XML and JSON have a meaning for. */
const hardText = 'für Zoë & Łukasz: <senza> "aglio" — без лука';

/**
 * Everything that every connector must keep, each over a restaurant of its own. What it declares is kept; what it does not declare
 * is truly absent. No test runner is named here: `tableside certify` runs the same list against a POS.
 */
export function conformanceChecks(open: () => Subject | Promise<Subject>): readonly Check[] {
  return [...capabilityChecks, ...roundChecks, ...moneyChecks, ...faultChecks].map(({ name, run }) => ({
    name,
    run: async () => run(await openRig(await open())),
  }));
}

const capabilityChecks: readonly RigCheck[] = [
  {
    name: 'offers exactly the optional operations it declares',
    async run({ connector }) {
      const { sendMessage, applyCard, readBack } = connector.capabilities;
      assert.equal(connector.sendMessage !== undefined, sendMessage);
      assert.equal(connector.applyCard !== undefined, applyCard);
      assert.equal(connector.readBack !== undefined, readBack !== 'none');
    },
  },
  {
    name: 'reads status, availability and modifier groups, and changes nothing by reading',
    async run(rig) {
      const { connector, subject } = rig;
      const before = JSON.stringify([subject.world.report(), subject.world.orders()]);
      for (const read of [
        await connector.readStatus(never),
        await connector.readAvailability(never),
        await connector.readModifierGroups(never),
        await connector.readMenu(never),
      ])
        assert.equal(read.kind, 'read', JSON.stringify(read));
      assert.equal(rig.packages(), 0);
      assert.equal(JSON.stringify([subject.world.report(), subject.world.orders()]), before);
    },
  },
  {
    name: 'shows an order that it placed when it can read orders, and fails to when it cannot',
    async run(rig) {
      const round = rig.round();
      const { posRef } = applied(await rig.connector.placeRound(round, never));
      const read = await rig.connector.readOrder(posRef, never);
      if (!rig.connector.capabilities.readOrders) {
        assert.equal(read.kind, 'failed');
        return;
      }
      assert.ok(read.kind === 'read', JSON.stringify(read));
      assert.equal(read.value.state, 'open');
      assert.deepEqual(
        read.value.lines.map((line) => line.reference),
        round.lines.map((line) => line.lineId),
      );
    },
  },
  {
    name: 'shows the order at its table when it can read tables, and fails to when it cannot',
    async run(rig) {
      const round = rig.round();
      const { posRef } = applied(await rig.connector.placeRound(round, never));
      const read = await rig.connector.readTables(never, round.tableRef);
      if (!rig.connector.capabilities.readTables) {
        assert.equal(read.kind, 'failed');
        return;
      }
      assert.ok(read.kind === 'read', JSON.stringify(read));
      assert.deepEqual(
        read.value.flatMap((table) => table.orders).map((head) => head.posRef),
        [posRef],
      );
    },
  },
];

const roundChecks: readonly RigCheck[] = [
  {
    name: 'makes one package of a round, with each line on exactly one ticket',
    async run(rig) {
      const { plain, chosen } = rig.subject.dishes;
      const round = rig.round(plain, chosen);
      applied(await rig.connector.placeRound(round, never));
      assert.equal(rig.packages(), 1);
      const printed = rig.tickets().flatMap((ticket) => ticket.lines);
      assert.equal(printed.length, round.lines.length);
      const isChosen = printed.some((line) => line.modifiers.length > 0);
      assert.ok(isChosen, `no modifier on ${JSON.stringify(printed)}`);
    },
  },
  {
    name: 'appends a further round to the same order when it declares so, and never otherwise',
    async run(rig) {
      const first = rig.round();
      const { posRef } = applied(await rig.connector.placeRound(first, never));
      const { orderReference, tableRef } = first;
      const next = { ...rig.round(), kind: 'append-round' as const, orderReference, tableRef, posRef };
      const outcome = await rig.connector.placeRound(next, never);
      if (!rig.connector.capabilities.appendRounds) {
        assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
        assert.equal(rig.packages(), 1);
        return;
      }
      assert.equal(applied(outcome).posRef, posRef);
      assert.equal(rig.packages(), 2);
      assert.equal(new Set(rig.tickets().map((ticket) => ticket.orderRef)).size, 1);
    },
  },
  {
    name: 'makes one package of one round however often it is sent',
    async run(rig) {
      const { createDedupe, readBack } = rig.connector.capabilities;
      const round = rig.round();
      applied(await rig.connector.placeRound(round, never));
      // Where the POS neither remembers nor can be asked, delivery never sends twice.
      if (createDedupe === 'none' && readBack === 'none') return;
      const again = await rig.connector.placeRound(round, never);
      assert.ok(again.kind === 'applied' && again.repeated, JSON.stringify(again));
      assert.equal(rig.packages(), 1);
    },
  },
  {
    name: 'carries a note of any script to the kitchen, or refuses the line',
    async run(rig) {
      const outcome = await rig.connector.placeRound(
        rig.round({ ...rig.subject.dishes.plain, note: hardText }),
        never,
      );
      if (rig.connector.capabilities.lineNotes !== true) {
        assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
        assert.equal(rig.packages(), 0);
        return;
      }
      applied(outcome);
      const printed = JSON.stringify([rig.tickets(), rig.subject.world.orders()]);
      assert.ok(printed.includes(JSON.stringify(hardText).slice(1, -1)), printed);
    },
  },
  {
    name: 'says locked while a terminal has the order open, and nothing changes until it is closed',
    async run(rig) {
      const { terminal } = rig.subject;
      if (terminal === undefined || !rig.connector.capabilities.appendRounds) return;
      const first = rig.round();
      const { posRef } = applied(await rig.connector.placeRound(first, never));
      const { orderReference, tableRef } = first;
      const next = { ...rig.round(), kind: 'append-round' as const, orderReference, tableRef, posRef };
      terminal.open(posRef);
      const outcome = await rig.connector.placeRound(next, never);
      assert.equal(outcome.kind, 'locked', JSON.stringify(outcome));
      assert.equal(rig.packages(), 1);
      terminal.close(posRef);
      applied(await rig.connector.placeRound(next, never));
      assert.equal(rig.packages(), 2);
    },
  },
  {
    name: 'refuses a dish that the POS does not have, for good',
    async run(rig) {
      const round = rig.round();
      const lines = round.lines.map((line) => ({ ...line, itemId: 'nothing-of-ours' }));
      const outcome = await rig.connector.placeRound({ ...round, lines }, never);
      assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
      assert.equal(rig.packages(), 0);
    },
  },
];

const moneyChecks: readonly RigCheck[] = [
  {
    name: 'holds the price that the guest saw, or refuses another one',
    async run(rig) {
      const round = rig.round(rig.subject.dishes.chosen);
      if (rig.connector.capabilities.readOrders) {
        const { posRef } = applied(await rig.connector.placeRound(round, never));
        const read = await rig.connector.readOrder(posRef, never);
        assert.deepEqual(
          read.kind === 'read' ? read.value.lines.map((line) => line.price) : read,
          round.lines.map((line) => line.price),
        );
        return;
      }
      const dearer = round.lines.map((line) => ({
        ...line,
        unitPrice: money(line.unitPrice.amountMinor + 1, line.unitPrice.currency),
        price: money(line.price.amountMinor + line.quantity, line.price.currency),
      }));
      const outcome = await rig.connector.placeRound({ ...round, lines: dearer }, never);
      assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
      assert.equal(rig.packages(), 0);
      applied(await rig.connector.placeRound(round, never));
    },
  },
  {
    name: 'pays and closes an order as it declares: exactly the sum, at its making, or never',
    async run(rig) {
      const { markPaid, sumMustMatch } = rig.connector.capabilities;
      const round = rig.round();
      const { posRef } = applied(await rig.connector.placeRound(round, never));
      const [line] = round.lines;
      assert.ok(line);
      const payment = {
        kind: 'mark-paid' as const,
        orderReference: round.orderReference,
        posRef,
        paymentReference: rig.round().roundReference,
        amount: line.price,
        tips: [],
      };
      const before = { requests: rig.requests(), orders: JSON.stringify(rig.subject.world.orders()) };
      if (markPaid !== true) {
        const outcome = await rig.connector.markPaid(payment, never);
        assert.equal(outcome.kind, markPaid === 'at-create' ? 'applied' : 'refused');
        assert.equal(rig.requests(), before.requests, 'nothing is told to the POS');
        assert.equal(JSON.stringify(rig.subject.world.orders()), before.orders);
        return;
      }
      if (sumMustMatch) {
        const amount = money(line.price.amountMinor + 1, line.price.currency);
        const outcome = await rig.connector.markPaid({ ...payment, amount }, never);
        assert.ok(outcome.kind === 'refused', JSON.stringify(outcome));
        assert.equal(outcome.error.code, 'bill-changed');
      }
      for (const repeated of [false, true]) {
        const outcome = await rig.connector.markPaid(payment, never);
        assert.ok(outcome.kind === 'applied', JSON.stringify(outcome));
        assert.equal(outcome.repeated, repeated);
      }
      assert.equal(rig.packages(), 1, 'a payment cooks nothing');
    },
  },
];

export function applied(outcome: WriteOutcome<RoundPlaced>): RoundPlaced {
  assert.ok(outcome.kind === 'applied', JSON.stringify(outcome));
  return outcome.value;
}
