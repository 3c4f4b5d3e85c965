import type { FakeClock } from '#test/fake-clock.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import type { TwinWorld, WireAnswer } from '../definition.ts';
import { fiumeAccount } from './seed.ts';
import { makeMollieWorld } from './world.ts';

const [osteria, porto] = fiumeAccount.profiles;
export const osteriaKey = osteria?.keys.test ?? '';
export const portoKey = porto?.keys.test ?? '';
export const osteriaLiveKey = osteria?.keys.live ?? '';

/** A call to a shop, and when. */
export type Called = { readonly url: string; readonly body: string; readonly atMs: number };

/** What a wire answer looks like once its JSON is read. */
export type Hal = { readonly status: number; readonly headers: WireAnswer['headers']; readonly json: Json };
export type Json = Readonly<Record<string, unknown>>;

export type MollieBench = {
  readonly clock: FakeClock;
  readonly world: TwinWorld;
  readonly called: readonly Called[];
  /** What the shop answers from now on; undefined: nothing. */
  shopAnswers(status: number | undefined): void;
  ask(method: string, path: string, more?: { key?: string; body?: unknown; idempotencyKey?: string }): Hal;
  /** A form on the checkout page. */
  visit(checkout: string, form?: Readonly<Record<string, string>>): WireAnswer;
  command(name: string, body: unknown): unknown;
};

/** The twin's world without a socket, on a clock that moves when told. */
export function makeBench(): MollieBench {
  const clock = makeFakeClock();
  const called: Called[] = [];
  let shop: number | undefined = 200;
  let seed = 7;
  const world = makeMollieWorld({
    account: fiumeAccount,
    clock,
    randomBytes: (count) =>
      Uint8Array.from({ length: count }, () => (seed = (seed * 48_271) % 2_147_483_647) % 256),
    post: (url, body) => {
      called.push({ url, body, atMs: clock.nowMs() });
      return Promise.resolve(shop);
    },
  });
  return {
    clock,
    world,
    called,
    shopAnswers(status) {
      shop = status;
    },
    ask(method, path, more = {}) {
      const answer = world.answer({
        method,
        path,
        headers: {
          host: 'twin.example',
          authorization: `Bearer ${more.key ?? osteriaKey}`,
          ...(more.idempotencyKey === undefined ? {} : { 'idempotency-key': more.idempotencyKey }),
        },
        body: more.body === undefined ? '' : JSON.stringify(more.body),
      });
      const json = answer.body === '' ? {} : (JSON.parse(answer.body) as Json);
      return { status: answer.status, headers: answer.headers, json };
    },
    visit(checkout, form) {
      const { pathname } = new URL(checkout);
      const body = form === undefined ? '' : new URLSearchParams(form).toString();
      return world.answer({ method: form === undefined ? 'GET' : 'POST', path: pathname, headers: {}, body });
    },
    command(name, body) {
      const command = world.commands[name];
      if (command === undefined) throw new Error(`no command ${name}`);
      return command(body);
    },
  };
}

export const lunchBody = {
  amount: { currency: 'EUR', value: '42.50' },
  description: 'Table 7, Osteria Fiume',
  redirectUrl: 'https://pay.example/p/tok',
  cancelUrl: 'https://pay.example/p/tok?canceled',
  webhookUrl: 'https://pay.example/webhooks/mollie/tok',
  locale: 'de_AT',
  metadata: { attemptId: 'attempt-1' },
};

export function idOf(answer: Hal): string {
  return String(answer.json['id']);
}

export function checkoutOf(answer: Hal): string {
  const links = answer.json['_links'] as { readonly checkout?: { readonly href: string } };
  return links.checkout?.href ?? '';
}
