import type { Clock } from '#domain/time.ts';

import type { Ticket, TwinWorld, WireAnswer, WireExchange, WireRequest } from './definition.ts';
import { TwinCommandError } from './definition.ts';

/** A hatch with one bell: every request with an unused key rings it. Small enough to see what a fault did to it. */
export type BellWorld = TwinWorld & {
  /** The keys the bell rang for, in order. */
  readonly rings: string[];
  readonly activeDefects: () => readonly string[];
};

export const answerTail = 'rang-and-this-is-the-tail-of-the-answer';

export function makeBellWorld(): BellWorld {
  const rings: string[] = [];
  const keys = new Set<string>();
  let defects: ReadonlySet<string> = new Set();
  const keyOf = (request: WireRequest) => request.body.split(' ')[1] ?? '';
  const tickets = (): Ticket[] =>
    rings.map((key, index) => ({
      ticketId: `t${index}`,
      kind: 'order',
      packageRef: key,
      orderRef: 'order',
      table: '1',
      station: 'bar',
      lines: [{ name: 'bell', quantity: 1, modifiers: [] }],
      at: index,
      restaurant: key.startsWith('north') ? 'north' : 'south',
    }));
  return {
    name: 'bell',
    rings,
    activeDefects: () => [...defects],
    answer(request): WireAnswer {
      const key = keyOf(request);
      const seen = keys.has(key);
      if (!seen) rings.push(key);
      keys.add(key);
      return {
        status: 200,
        headers: { 'content-type': 'text/plain', 'x-bell': 'yes' },
        body: `${seen ? 'seen' : 'rung'} ${key} ${answerTail}`,
      };
    },
    namesOf: (request) => request.body.split(' ').slice(0, 1),
    forgetKey(request) {
      keys.delete(keyOf(request));
    },
    defects: ['muffled'],
    setDefects(active) {
      defects = active;
    },
    tickets,
    orders: () => [{ orderRef: 'order' }],
    report: () => ({ rung: rings.length }),
    commands: {
      polish(body) {
        if (typeof body !== 'object' || body === null || !('cloth' in body)) {
          throw new TwinCommandError('a cloth is needed', 422);
        }
        return { polishedWith: body.cloth };
      },
      crack() {
        throw new Error('the bell cracked');
      },
      rest: () => undefined,
    },
    views: { polish: () => ({ shine: 'dull' }), hatch: () => ['closed'] },
    wordRefusal: (status) => ({ status, headers: {}, body: `the bell says ${status}` }),
    page: () => '<!doctype html><title>bell</title>',
  };
}

export function ring(key: string, command = 'Ring'): WireRequest {
  return { method: 'POST', path: '/bell?side=left', headers: { host: 'bell' }, body: `${command} ${key}` };
}

/** A clock that moves when told. */
export function makeManualClock(
  startMs = 1_000_000,
): Clock & { advance(ms: number): void; waiting(): number } {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; act: () => void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, act) {
      const timer = { dueMs: nowMs + delayMs, act };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    advance(ms) {
      nowMs += ms;
      for (const timer of [...timers].toSorted((a, b) => a.dueMs - b.dueMs)) {
        if (timer.dueMs > nowMs || !timers.delete(timer)) continue;
        timer.act();
      }
    },
    waiting: () => timers.size,
  };
}

/** The body of an exchange that ended in an answer; the kind of ending otherwise. */
export function bodyOf(ended: WireExchange): string {
  return ended.kind === 'answer' ? ended.answer.body : ended.kind;
}
