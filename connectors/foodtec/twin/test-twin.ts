import type { TwinWorld } from '#twins/definition.ts';

import { defaultClient } from './connection.ts';
import { makeFoodtecWorld } from './world.ts';
import type { FoodtecWorldOptions } from './world.ts';

/** Tuesday, 24 November 2026, noon in New York. */
export const testStartMs = Date.UTC(2026, 10, 24, 17, 0, 0);

export type TestTwin = {
  readonly world: TwinWorld;
  advance(ms: number): void;
  nowMs(): number;
  readonly ask: (
    method: string,
    path: string,
    body?: unknown,
    login?: { username: string; password: string },
  ) => { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
  post(order: unknown, query?: string): { readonly status: number; readonly json: unknown };
  /** Presses a button at the till. */
  press(name: string, body?: unknown): unknown;
};

export function makeTestTwin(overrides: Partial<FoodtecWorldOptions> = {}): TestTwin {
  let now = testStartMs;
  const world = makeFoodtecWorld({ nowMs: () => now, ...overrides });
  const ask: TestTwin['ask'] = (method, path, body, login = defaultClient) =>
    world.answer({
      method,
      path,
      headers: { authorization: `Basic ${btoa(`${login.username}:${login.password}`)}` },
      body: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
    });
  return {
    world,
    advance: (ms) => {
      now += ms;
    },
    nowMs: () => now,
    ask,
    post(order, query = '') {
      const { status, body } = ask('POST', `/ws/store/v1/orders${query}`, order);
      return { status, json: JSON.parse(body) as unknown };
    },
    press(name, body) {
      const command = world.commands[name];
      if (command === undefined) throw new Error(`the till has no ${name}`);
      return command(body);
    },
  };
}
