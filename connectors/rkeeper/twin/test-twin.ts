import type { TwinWorld } from '#twins/definition.ts';
import { childNamed, childrenNamed, parseXml } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { defaultPassword, defaultUsername, pathOf } from './connection.ts';
import { osteriaFiume } from './houses.ts';
import type { RestaurantSeed } from './seed.ts';
import { makeRkeeperWorld } from './world.ts';
import type { RkeeperWorldOptions } from './world.ts';

/** A Tuesday in November, noon in Rome. */
export const testStartMs = Date.UTC(2026, 10, 24, 11, 0, 0);

export type TestTwin = {
  readonly world: TwinWorld;
  /** Moves the clock. */
  advance(ms: number): void;
  nowMs(): number;
  /** The whole answer to a whole body. */
  post(body: string, options?: PostOptions): { readonly status: number; readonly body: string };
  /** The element that carries the result of one RK7CMD. `content` is its inside, `attributes` as text. */
  ask(command: string, attributes?: string, content?: string, options?: PostOptions): XmlElement;
  /** Presses a button at the till. */
  press(name: string, body?: unknown): unknown;
};
type PostOptions = {
  readonly seed?: RestaurantSeed;
  readonly level?: 'list' | 'member';
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
};

export function makeTestTwin(overrides: Partial<RkeeperWorldOptions> = {}): TestTwin {
  let now = testStartMs;
  let drawn = 0;
  const world = makeRkeeperWorld({
    nowMs: () => now,
    randomBytes(count) {
      drawn += 1;
      const bytes = new Uint8Array(count);
      new DataView(bytes.buffer).setUint32(count - 4, drawn);
      return bytes;
    },
    ...overrides,
  });
  const post: TestTwin['post'] = (body, options = {}) => {
    const seed = options.seed ?? osteriaFiume;
    return world.answer({
      method: options.method ?? 'POST',
      path: pathOf(seed, seed === osteriaFiume, options.level ?? 'list'),
      headers: {
        authorization: `Basic ${btoa(`${defaultUsername}:${defaultPassword}`)}`,
        'content-type': 'application/xml',
        ...options.headers,
      },
      body,
    });
  };
  return {
    world,
    advance: (ms) => {
      now += ms;
    },
    nowMs: () => now,
    post,
    ask(command, attributes = '', content = '', options = {}) {
      const query = `<RK7Query><RK7CMD CMD="${command}" ${attributes}>${content}</RK7CMD></RK7Query>`;
      return rootOf(post(query, options).body);
    },
    press(name, body) {
      const command = world.commands[name];
      if (command === undefined) throw new Error(`the till has no ${name}`);
      return command(body);
    },
  };
}

export function rootOf(body: string): XmlElement {
  const parsed = parseXml(body);
  if (parsed.kind === 'bad') throw new Error(`not XML: ${parsed.detail}: ${body}`);
  return parsed.root;
}

/** Follows child names down. */
export function at(element: XmlElement, ...names: readonly string[]): XmlElement {
  let found = element;
  for (const name of names) {
    const child = childNamed(found, name);
    if (child === undefined) throw new Error(`no ${name} in ${found.name}: ${JSON.stringify(found)}`);
    found = child;
  }
  return found;
}

/** All children of that name, under any of the element's children as well. */
export function all(element: XmlElement, name: string): readonly XmlElement[] {
  return [...childrenNamed(element, name), ...element.children.flatMap((child) => all(child, name))];
}

/** Idents by code, so that tests read like the tables. */
export function ident(
  collection: readonly { readonly code: number; readonly ident: number }[],
  code: number,
): number {
  const row = collection.find((candidate) => candidate.code === code);
  if (row === undefined) throw new Error(`nothing has the code ${code}`);
  return row.ident;
}

export const station = `<Station id="${ident(osteriaFiume.stations, 3)}"/>`;
export const cashier = `<Cashier id="${ident(osteriaFiume.employees, 90)}"/>`;
export const orderGuid = '{11111111-2222-4333-8444-555555555555}';
export const lockKey = '{99999999-2222-4333-8444-555555555555}';
export const order = `<Order guid="${orderGuid}"/>`;

/** The licence of the first restaurant with the given number. */
export function licence(seqNumber: number): string {
  if (osteriaFiume.licence.mode !== 'subscription')
    throw new Error('the first restaurant pays by subscription');
  const { anchor, token } = osteriaFiume.licence;
  return (
    `<LicenseInfo anchor="${anchor}" licenseToken="${token}">` +
    `<LicenseInstance guid="{0A0A0A0A-0000-4000-8000-000000000001}" seqNumber="${seqNumber}"/></LicenseInfo>`
  );
}

export function createOrder(twin: TestTwin, tableCode = 3, guid = orderGuid): XmlElement {
  return twin.ask('CreateOrder', '', `<Order guid="${guid}"><Table code="${tableCode}"/></Order>`);
}

/** SaveOrder with dishes given as elements; `seqNumber` counts the calls of one test from 0. */
export function save(twin: TestTwin, seqNumber: number, dishes: string, sessionAttributes = ''): XmlElement {
  return twin.ask(
    'SaveOrder',
    '',
    `${licence(seqNumber)}${order}<Session ${sessionAttributes}>${station}${dishes}</Session>`,
  );
}

export function dish(code: number, quantity = 1000, inside = '', attributes = ''): string {
  return `<Dish code="${code}" quantity="${quantity}" ${attributes}>${inside}</Dish>`;
}

export function modi(code: number, count = 1, attributes = ''): string {
  return `<Modi code="${code}" count="${count}" ${attributes}/>`;
}
