import type { Menu } from '#domain/menu.ts';
import type { RequestedLine } from '#domain/order.ts';
import type { PaymentBody } from './pay-choice.ts';
import type { GuestView, OrderView, PaymentView, Problem } from './wire.ts';

/** What the page asks the server. Every answer is either a value or a problem with a text for the guest. */
export type Answer<Value> =
  { readonly kind: 'ok'; readonly value: Value } | { readonly kind: 'problem'; readonly problem: Problem };

const requestMsMax = 20_000;

export function makeGuestApi(token: string) {
  const base = `/api/guest/${encodeURIComponent(token)}`;
  return {
    view: () => ask<GuestView>(base),
    menu: () => ask<Menu>(`${base}/menu`),
    orderOfRound: (roundId: string) => ask<OrderView>(`${base}/order?roundId=${encodeURIComponent(roundId)}`),
    submitRound: (key: string, lines: readonly RequestedLine[]) =>
      ask<{ orderId: string; roundId: string }>(`${base}/rounds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ lines }),
      }),
    pay: (key: string, body: PaymentBody) =>
      ask<PaymentView>(`${base}/payments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
    payment: (attempt: string) => ask<PaymentView>(`${base}/payments/${encodeURIComponent(attempt)}`),
    callWaiter: () => ask(`${base}/call-waiter`, { method: 'POST' }),
    answerStillWanted: (roundId: string, wanted: boolean) =>
      ask(`${base}/rounds/${encodeURIComponent(roundId)}/still-wanted`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ wanted }),
      }),
    events: () => new EventSource(`${base}/events`),
  };
}

async function ask<Value>(path: string, init: RequestInit = {}): Promise<Answer<Value>> {
  try {
    const response = await fetch(path, { ...init, signal: AbortSignal.timeout(requestMsMax) });
    const body: unknown = await response.json();
    return response.ok ? { kind: 'ok', value: body as Value } : { kind: 'problem', problem: body as Problem };
  } catch {
    // Offline, or the answer was lost: the caller repeats with the same key, so nothing is ordered twice.
    return { kind: 'problem', problem: { code: 'no-answer', guestText: 'try-again' } };
  }
}
