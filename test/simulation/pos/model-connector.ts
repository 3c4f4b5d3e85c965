import type {
  Connection,
  ConnectorDefinition,
  PosConnector,
  RoundPlaced,
  RoundWrite,
} from '#contract/connector.ts';
import type { MarkPaidWrite, OrderPaid, PosWrite, PosWritten } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosError } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { Reference } from '#domain/reference.ts';
import type { PosClass } from './classes.ts';
import { mapMenu, mapOrder, mapTables } from './model-maps.ts';
import { tableRefs } from './model-wire.ts';
import type { ModelOrder, ModelRequest, WireRound } from './model-wire.ts';

type Settings = { readonly origin: string; readonly restaurant: string };
type Secret = { readonly token: string };
type Site = Connection<Settings, Secret>;

const answerBytesMax = 1_000_000;

/** A connector to the modelled POSes of one class: it classifies as the class's semantics allow and not a bit more. */
export function modelConnector(posClass: PosClass): ConnectorDefinition<Settings, Secret> {
  return {
    manifest: {
      id: posClass.classId,
      name: posClass.classId,
      vendorInterface: 'simulated',
      readOn: '2026-11-24',
      capabilities: posClass.capabilities,
    },
    parseSettings: (value) => ({ kind: 'parsed', value: value as Settings }),
    parseSecret: (value) => ({ kind: 'parsed', value: value as Secret }),
    connect: (site) => connect(posClass, site),
  };
}

function connect(posClass: PosClass, site: Site): PosConnector {
  const { capabilities } = posClass;
  const readModel = async <Value>(
    request: ModelRequest,
    signal: AbortSignal,
    read: (data: Answer) => Value,
  ): Promise<ReadOutcome<Value>> => {
    const asked = await ask(site, request, signal);
    if (asked.kind === 'failed') return { kind: 'failed', error: asked.error, answered: asked.answered };
    return asked.data.error === undefined
      ? { kind: 'read', value: read(asked.data) }
      : { kind: 'failed', error: errorOf(asked.data.error), answered: true };
  };
  return {
    capabilities,
    readMenu: (signal) =>
      readModel({ path: '/menu' }, signal, () => mapMenu(site.settings.restaurant, site.clock.nowMs())),
    readModifierGroups: () => Promise.resolve({ kind: 'read', value: { groups: [] } }),
    async readStatus(signal) {
      const read = await readModel({ path: '/status' }, signal, (data) => data);
      if (read.kind === 'failed') return read;
      const { restaurant, closed } = read.value;
      if (restaurant !== site.settings.restaurant)
        return {
          kind: 'failed',
          error: posError('wrong-restaurant', `${restaurant} answers`),
          answered: true,
        };
      const closedFor = { code: 'shift-too-long', detail: 'the shift is open too long' } as const;
      return {
        kind: 'read',
        value: { posRestaurant: restaurant, ...(closed === true ? { closedFor } : {}) },
      };
    },
    readAvailability: (signal) =>
      readModel({ path: '/availability' }, signal, (data) => ({
        readAtMs: site.clock.nowMs(),
        items: Object.fromEntries((data.soldOut ?? []).map((id) => [id, { state: 'sold-out' } as const])),
        variants: {},
        modifiers: {},
      })),
    readTables: (signal, tableRef) => {
      const tables = tableRef === undefined ? tableRefs : [tableRef];
      return readModel({ path: '/tables', tableRef: tables }, signal, (data) =>
        mapTables(tables, data.orders ?? []),
      );
    },
    readOrder: (posRef, signal) =>
      readModel({ path: '/order', posRef }, signal, (data) => mapOrder(orderIn(data))),
    placeRound: (write, signal) =>
      posClass.semantics.twoStep ? placeInTwo(site, write, signal) : place(site, write, signal),
    markPaid: (write, signal) => pay(site, write, signal),
    ...(capabilities.readBack === 'none'
      ? {}
      : { readBack: (write: PosWrite, signal: AbortSignal) => readBack(site, write, signal) }),
  };
}

type Answer = {
  readonly error?: string;
  readonly restaurant: string;
  readonly closed?: boolean;
  readonly soldOut?: readonly string[];
  readonly orders?: readonly ModelOrder[];
  readonly order?: ModelOrder;
  readonly packageRef?: string;
  readonly repeated?: boolean;
};

type Asked =
  | { readonly kind: 'answered'; readonly data: Answer }
  | { readonly kind: 'failed'; readonly sent: boolean; readonly error: PosError; readonly answered: boolean };

async function ask(site: Site, request: ModelRequest, signal: AbortSignal): Promise<Asked> {
  const { path, ...body } = request;
  const answer = await site.http(
    {
      method: 'POST',
      url: `${site.settings.origin}${path}`,
      headers: { authorization: site.secret.token },
      body: JSON.stringify(body),
      answerBytesMax,
    },
    signal,
  );
  if (answer.kind === 'no-answer')
    return {
      kind: 'failed',
      sent: answer.sent !== 'never',
      error: posError('pos-offline', answer.reason),
      answered: answer.answerBytes,
    };
  if (answer.status === 401)
    return { kind: 'failed', sent: false, error: posError('auth-failed', 'HTTP 401'), answered: true };
  if (answer.status !== 200)
    return {
      kind: 'failed',
      sent: true,
      error: posError('bad-answer', `HTTP ${answer.status}`),
      answered: true,
    };
  const data = parse(answer.body);
  return data === undefined
    ? { kind: 'failed', sent: true, error: posError('bad-answer', 'half an answer'), answered: true }
    : { kind: 'answered', data };
}

function parse(body: string): Answer | undefined {
  try {
    return JSON.parse(body) as Answer;
  } catch {
    return undefined;
  }
}

function errorOf(word: string): PosError {
  switch (word) {
    case 'locked':
      return posError('order-locked', 'open at a terminal');
    case 'busy':
      return posError('pos-busy', 'printing');
    case 'order-unknown':
    case 'order-closed':
    case 'order-moved':
    case 'item-sold-out':
    case 'bill-changed':
    case 'shift-too-long':
    case 'table-has-several-orders':
      return posError(word, 'said the POS');
    default:
      throw new Error(`the model says ${word}`);
  }
}

/** What became of the call that counts. */
function outcomeOf<Value>(asked: Asked, value: (data: Answer) => Value): WriteOutcome<Value> {
  if (asked.kind === 'failed') {
    const { error, answered } = asked;
    return asked.sent ? { kind: 'unknown', error, answered } : { kind: 'not-applied', error, answered };
  }
  const { error, repeated } = asked.data;
  if (error === undefined) return { kind: 'applied', value: value(asked.data), repeated: repeated === true };
  if (error === 'duplicate') return { kind: 'applied', value: value(asked.data), repeated: true };
  if (error === 'locked') return { kind: 'locked', error: errorOf(error), heldBy: 'Till 2' };
  return error === 'busy' || error === 'shift-too-long'
    ? { kind: 'not-applied', error: errorOf(error), answered: true }
    : { kind: 'refused', error: errorOf(error) };
}

async function place(site: Site, write: RoundWrite, signal: AbortSignal): Promise<WriteOutcome<RoundPlaced>> {
  const asked = await ask(site, { path: '/place', round: roundOf(write) }, signal);
  return whole(
    outcomeOf(asked, (data) => placedIn(orderIn(data), write)),
    write,
  );
}

/** Makes the order, looks whether the round is on it, and adds the round: only the last call counts. */
async function placeInTwo(
  site: Site,
  write: RoundWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<RoundPlaced>> {
  const round = roundOf(write);
  const found = await ask(site, { path: '/find', round }, signal);
  if (found.kind === 'failed') return { kind: 'not-applied', error: found.error, answered: found.answered };
  const known = (found.data.orders ?? []).filter((order) => order.state !== 'voided');
  const holding = known.find((order) =>
    order.lines.some((line) => line.roundReference === write.roundReference),
  );
  if (holding !== undefined)
    return whole({ kind: 'applied', value: placedIn(holding, write), repeated: true }, write);
  const target = await targetOf(site, write, signal);
  if (target.kind === 'end') return target.outcome;
  const asked = await ask(site, { path: '/add', posRef: target.posRef, round }, signal);
  return whole(
    outcomeOf(asked, (data) => placedIn(orderIn(data), write)),
    write,
  );
}

type Target =
  | { readonly kind: 'on'; readonly posRef: string }
  | { readonly kind: 'end'; readonly outcome: WriteOutcome<never> };

async function targetOf(site: Site, write: RoundWrite, signal: AbortSignal): Promise<Target> {
  if (write.posRef === null && write.openOrder === 'join') {
    const listed = await ask(site, { path: '/tables', tableRef: [write.tableRef] }, signal);
    if (listed.kind === 'failed')
      return {
        kind: 'end',
        outcome: { kind: 'not-applied', error: listed.error, answered: listed.answered },
      };
    const open = listed.data.orders ?? [];
    const ours = open.find((order) => order.reference === write.orderReference) ?? open[0];
    if (open.length > 1 && ours?.reference !== write.orderReference)
      return { kind: 'end', outcome: { kind: 'refused', error: errorOf('table-has-several-orders') } };
    if (ours !== undefined) return { kind: 'on', posRef: ours.posRef };
  }
  if (write.posRef !== null) {
    const read = await ask(site, { path: '/order', posRef: write.posRef }, signal);
    const moved = read.kind === 'answered' && read.data.order?.tableRef !== write.tableRef;
    if (read.kind === 'answered' && read.data.error === undefined && moved && write.openOrder === 'join')
      return { kind: 'end', outcome: { kind: 'refused', error: errorOf('order-moved') } };
    return { kind: 'on', posRef: write.posRef };
  }
  const created = await ask(site, { path: '/create', round: roundOf(write) }, signal);
  if (created.kind === 'answered' && created.data.order !== undefined)
    return { kind: 'on', posRef: created.data.order.posRef };
  const outcome = outcomeOf<never>(created, () => {
    throw new Error('an order without itself');
  });
  // An empty order of ours is found again by the next attempt: the round itself is certainly not there.
  return { kind: 'end', outcome: outcome.kind === 'unknown' ? { ...outcome, kind: 'not-applied' } : outcome };
}

/** A POS that took less than it was given leaves a case for a person, whatever it said. */
function whole(outcome: WriteOutcome<RoundPlaced>, write: RoundWrite): WriteOutcome<RoundPlaced> {
  if (outcome.kind !== 'applied' || outcome.value.order === null) return outcome;
  const there = linesOn(outcome.value.order, write.roundReference);
  return there >= write.lines.length
    ? outcome
    : {
        kind: 'unknown',
        error: posError('unknown-outcome', `${there} of ${write.lines.length} lines`),
        answered: true,
      };
}

function linesOn(order: PosOrder, round: Reference): number {
  return order.lines.filter((line) => line.roundReference === round).length;
}

function roundOf(write: RoundWrite): WireRound {
  return {
    orderReference: write.orderReference,
    roundReference: write.roundReference,
    tableRef: write.tableRef,
    posRef: write.posRef,
    openOrder: write.openOrder,
    lines: write.lines.map((line) => ({
      reference: line.lineId,
      itemId: line.itemId,
      quantity: line.quantity,
      priceMinor: line.price.amountMinor,
    })),
  };
}

async function pay(site: Site, write: MarkPaidWrite, signal: AbortSignal): Promise<WriteOutcome<OrderPaid>> {
  const { posRef, paymentReference } = write;
  const asked = await ask(
    site,
    {
      path: '/pay',
      posRef,
      paymentReference,
      amountMinor: write.amount.amountMinor,
      tips: write.tips.map((tip) => ({ reference: tip.reference, amountMinor: tip.amount.amountMinor })),
    },
    signal,
  );
  return outcomeOf(asked, () => ({ posRef, receiptRef: null }));
}

async function readBack(
  site: Site,
  write: PosWrite,
  signal: AbortSignal,
): Promise<ReadOutcome<ReadBack<PosWritten>>> {
  if (write.kind === 'mark-paid') return readBackPayment(site, write, signal);
  if (write.kind !== 'create-order' && write.kind !== 'append-round') throw new Error('not sent to this POS');
  const asked = await ask(site, { path: '/find', round: roundOf(write) }, signal);
  if (asked.kind === 'failed') return { kind: 'failed', error: asked.error, answered: asked.answered };
  const orders = asked.data.orders ?? [];
  const holding = orders.find((order) =>
    order.lines.some((line) => line.roundReference === write.roundReference),
  );
  if (holding !== undefined) {
    const value = placedIn(holding, write);
    const there = value.order === null ? 0 : linesOn(value.order, write.roundReference);
    return there >= write.lines.length
      ? { kind: 'read', value: { kind: 'present', value } }
      : impossible('unknown-outcome');
  }
  // Where reads lag, an order that is not shown yet is as open as any.
  if (orders.some(({ posRef }) => posRef === write.posRef) && orders.every(({ state }) => state !== 'open'))
    return impossible('order-closed');
  return { kind: 'read', value: { kind: 'absent' } };
}

async function readBackPayment(
  site: Site,
  write: MarkPaidWrite,
  signal: AbortSignal,
): Promise<ReadOutcome<ReadBack<PosWritten>>> {
  const asked = await ask(site, { path: '/order', posRef: write.posRef }, signal);
  if (asked.kind === 'failed') return { kind: 'failed', error: asked.error, answered: asked.answered };
  const { order } = asked.data;
  if (order === undefined) return { kind: 'read', value: { kind: 'absent' } };
  if (order.paymentReferences.includes(write.paymentReference))
    return { kind: 'read', value: { kind: 'present', value: { posRef: write.posRef, receiptRef: null } } };
  return order.state === 'open' ? { kind: 'read', value: { kind: 'absent' } } : impossible('order-closed');
}

function impossible(code: 'order-closed' | 'unknown-outcome') {
  return { kind: 'read', value: { kind: 'impossible', error: posError(code, 'seen in the POS') } } as const;
}

function orderIn(data: Answer): ModelOrder {
  if (data.order === undefined) throw new Error('an answer without its order');
  return data.order;
}

function placedIn(order: ModelOrder, write: RoundWrite): RoundPlaced {
  const line = order.lines.find((entry) => entry.roundReference === write.roundReference);
  return {
    posRef: order.posRef,
    joined: order.reference !== write.orderReference,
    packageRef: line?.packageRef ?? '',
    order: mapOrder(order),
  };
}
