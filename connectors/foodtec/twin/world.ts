import { refuse } from '#acceptance/codes.ts';
import { renderOrder } from '#acceptance/render-order.ts';
import type { StoreDefinition } from '#acceptance/store-definition.ts';
import {
  answerOrder,
  answerOrderTypes,
  answerRefusal,
  answerUnauthorized,
  answerVoided,
  apiPaths,
  readBasic,
  readSuspend,
  readVoidPath,
} from '#acceptance/wire.ts';
import { identifyOrder, readOrder } from '#acceptance/read-order.ts';
import type { TwinWorld, WireAnswer, WireRequest } from '#twins/definition.ts';

import { defaultClient } from './connection.ts';
import { makePage } from './page.ts';
import { readPizzeria } from './pizzeria.ts';
import { placeOrder, voidOrder } from './place-order.ts';
import { makeReport, showOrders } from './report.ts';
import { makeWorld, refKey } from './state.ts';
import type { Client, StoreOrder, World } from './state.ts';
import { makeTillCommands } from './till.ts';

/** Lasting wrong behaviour that this world can have. */
const defects = [
  'double-create-on-retry',
  'slow-write',
  'wrong-restaurant',
  'price-rounded',
  'modifier-dropped',
  'no-kitchen-ticket',
  'not-in-report',
] as const;

/** How long a write takes under `slow-write`: within any deadline, and far from "seconds". */
const slowWriteMs = 15_000;
/** Tells whoever carries the answer to hold it back so many milliseconds; it is no part of the answer. */
const delayHeader = 'x-twin-delay-ms';

export type FoodtecWorldOptions = {
  readonly nowMs: () => number;
  readonly store?: StoreDefinition;
  readonly clients?: readonly Client[];
};

/** A FoodTec store as clients of its Order Acceptance API see it. */
export function makeFoodtecWorld(options: FoodtecWorldOptions): TwinWorld {
  const world = makeWorld({
    nowMs: options.nowMs,
    store: options.store ?? readPizzeria(),
    clients: options.clients ?? [defaultClient],
  });
  return {
    name: 'foodtec',
    answer: (request) => answer(world, request),
    namesOf,
    forgetKey: (request) => forgetKey(world, request),
    defects,
    setDefects(active) {
      world.defects = new Set(active);
    },
    tickets: () => world.tickets,
    orders: () => showOrders(world),
    report: () => makeReport(world),
    commands: makeTillCommands(world),
    page: () => makePage(world.store),
  };
}

function answer(world: World, request: WireRequest): WireAnswer {
  const client = clientOf(world, request);
  if (client === undefined) return answerUnauthorized();
  const [path = '', query = ''] = request.path.split('?', 2);
  const slow = world.defects.has('slow-write') ? { [delayHeader]: String(slowWriteMs) } : {};
  const hold = (made: WireAnswer): WireAnswer => ({ ...made, headers: { ...made.headers, ...slow } });
  const [call] = namesOf(request);
  if (call === undefined) return { status: 404, headers: {}, body: '' };
  switch (call) {
    case 'OrderTypes':
      return answerOrderTypes(world.rules.orderTypes);
    case 'CreateOrder':
      return hold(create(world, client, { query, text: request.body }));
    case 'VoidOrder':
      return hold(takeBack(world, { client, externalRef: readVoidPath(path) ?? '', text: request.body }));
  }
}

function create(
  world: World,
  client: string,
  post: { readonly query: string; readonly text: string },
): WireAnswer {
  const suspend = readSuspend(new URLSearchParams(post.query).get('suspend'));
  if (suspend === undefined) {
    return answerRefusal(refuse(1010, { reason: 'suspend must be true or false.' }).refusal);
  }
  const placed = placeOrder(world, { client, text: post.text, suspend });
  return placed.kind === 'refused' ? answerRefusal(placed.refusal) : answerOrder(rendered(placed.order));
}

function rendered({ order, orderNum, orderedAtMs, status }: StoreOrder): string {
  return renderOrder(order, { orderNum, orderedAtMs, status: status === 'suspended' ? 'suspended' : 'made' });
}

function takeBack(
  world: World,
  asked: { readonly client: string; readonly externalRef: string; readonly text: string },
): WireAnswer {
  const voided = voidOrder(world, asked);
  return voided.kind === 'refused' ? answerRefusal(voided.refusal) : answerVoided();
}

/** Clients are registered per store, so another store at this address knows none of them: the defect `wrong-restaurant`. */
function clientOf(world: World, request: WireRequest): string | undefined {
  const login = readBasic(request.headers['authorization']);
  if (login === undefined || world.defects.has('wrong-restaurant')) return undefined;
  return world.clients.find(
    (client) => client.username === login.username && client.password === login.password,
  )?.username;
}

type Call = 'CreateOrder' | 'OrderTypes' | 'VoidOrder';

function namesOf({ method, path }: WireRequest): readonly Call[] {
  const [pathname = ''] = path.split('?', 1);
  if (method === 'POST' && pathname === apiPaths.orders) return ['CreateOrder'];
  if (method === 'GET' && pathname === apiPaths.orderTypes) return ['OrderTypes'];
  if (method === 'PUT' && readVoidPath(pathname) !== undefined) return ['VoidOrder'];
  return [];
}

function forgetKey(world: World, request: WireRequest): void {
  const client = clientOf(world, request);
  const read = readOrder(request.body);
  if (client === undefined || read.kind === 'refused') return;
  const identified = identifyOrder(read.body, world.rules);
  if (identified.kind === 'refused') return;
  world.byRef.delete(refKey(client, identified.identity.externalRef));
}
