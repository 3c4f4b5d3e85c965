import type { FastifyReply } from 'fastify';
import { posErrors, readOnlyText } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';

/**
 * Every problem the HTTP interface answers with: status and title, and a key of the guest app's texts where a guest may see it.
 * docs/errors.md has one section per code; a test keeps the two equal.
 */
export const problems = {
  'amount-invalid': {
    status: 422,
    title: 'An amount or a number of parts is not a whole number in range',
    guestText: 'amount-invalid',
  },
  'amount-over-due': {
    status: 422,
    title: 'The amount is more than what is due',
    guestText: 'amount-over-due',
  },
  'amount-over-paid': { status: 422, title: 'The amount is more than what is left of the payment' },
  'amount-over-surplus': {
    status: 409,
    title: 'The bill needs some of it by now: look at the payment again',
  },
  'bill-changed': { status: 409, title: 'The bill is not the one that was seen', guestText: 'bill-changed' },
  'bill-not-ready': {
    status: 409,
    title: 'The order is not in the POS yet, so its bill is not known',
    guestText: 'sending',
  },
  'body-invalid': { status: 400, title: 'The body does not have the documented shape' },
  'body-too-large': { status: 413, title: 'The body is over 64 KB' },
  'body-unreadable': { status: 400, title: 'The body is not JSON' },
  'donation-not-offered': { status: 422, title: 'The location collects for nobody' },
  'client-unknown': { status: 404, title: 'There is no such client, or it was revoked' },
  'field-invalid': { status: 400, title: 'A field does not have the documented shape' },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is not 1 to 255 printable characters',
  },
  'idempotency-key-required': { status: 400, title: 'This request needs an Idempotency-Key' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used with another body' },
  internal: { status: 500, title: 'Something broke on our side', guestText: 'try-again' },
  'item-sold-out': { status: 422, title: 'An item is sold out', guestText: 'item-sold-out' },
  'item-unknown': { status: 422, title: 'An item is not on the menu', guestText: 'item-unknown' },
  'line-unknown': { status: 422, title: 'A line is not on the bill', guestText: 'bill-changed' },
  'lines-too-many': { status: 422, title: 'A round has too many lines', guestText: 'round-too-large' },
  'intake-order-incomplete': { status: 422, title: 'Something still stands against the order' },
  'intake-order-settled': { status: 409, title: 'The order is not suspended' },
  'intake-profile-invalid': { status: 422, title: 'The intake profile cannot be used' },
  'intake-profile-missing': { status: 409, title: 'The location has no intake profile' },
  'location-read-only': { status: 409, title: 'The location takes no orders now', guestText: 'read-only' },
  'location-unknown': { status: 404, title: 'There is no such location' },
  'media-type-unsupported': { status: 415, title: 'The body must be application/json' },
  'menu-changed': {
    status: 409,
    title: 'The menu changed after the order was made',
    guestText: 'item-unknown',
  },
  'menu-not-read': { status: 409, title: 'The menu was not read from the POS yet', guestText: 'read-only' },
  'modifier-above-max': {
    status: 422,
    title: 'Too many modifiers are chosen',
    guestText: 'modifier-above-max',
  },
  'modifier-below-min': {
    status: 422,
    title: 'A required choice is missing',
    guestText: 'modifier-below-min',
  },
  'modifier-not-removable': {
    status: 422,
    title: 'A modifier cannot be taken off',
    guestText: 'modifier-not-removable',
  },
  'modifier-sold-out': { status: 422, title: 'A modifier is sold out', guestText: 'modifier-sold-out' },
  'modifier-unknown': {
    status: 422,
    title: 'A modifier does not belong to the item',
    guestText: 'item-unknown',
  },
  'not-offered': {
    status: 409,
    title: 'The POS of this location does not offer this',
    guestText: 'tell-a-waiter',
  },
  'note-card-number': { status: 422, title: 'A note holds a card number', guestText: 'note-card-number' },
  'note-required': { status: 422, title: 'A reason is needed' },
  'note-too-long': { status: 422, title: 'A note is too long', guestText: 'note-too-long' },
  'nothing-due': { status: 409, title: 'Nothing is due on the order' },
  'online-payment-off': {
    status: 409,
    title: 'The location takes no online payments',
    guestText: 'pay-at-the-table',
  },
  'order-closed': { status: 409, title: 'The order is closed', guestText: 'order-closed' },
  'order-needs-a-waiter': {
    status: 409,
    title: 'A waiter must look at the order first',
    guestText: 'tell-a-waiter',
  },
  'order-unknown': { status: 404, title: 'There is no such order' },
  'origin-refused': { status: 403, title: 'The request comes from another site' },
  'payment-account-invalid': { status: 422, title: 'The payment account cannot be used as it is' },
  'payment-account-unknown': { status: 404, title: 'There is no such payment account' },
  'payment-provider-away': {
    status: 503,
    title: 'The payment provider does not answer',
    guestText: 'payment-away',
  },
  'payment-refused': {
    status: 422,
    title: 'The payment provider refuses the payment',
    guestText: 'payment-refused',
  },
  'payment-unknown': { status: 404, title: 'There is no such payment' },
  'pos-unreadable': { status: 409, title: 'The POS could not be read', guestText: 'read-only' },
  'pos-ref-required': { status: 422, title: 'The order of the POS must be named' },
  'pos-says-otherwise': { status: 409, title: 'The POS shows something else' },
  'quantity-invalid': {
    status: 422,
    title: 'A quantity is not a whole number in range',
    guestText: 'quantity-invalid',
  },
  'reconciliation-closed': { status: 409, title: 'The item ended in another way before' },
  'reconciliation-not-possible': { status: 409, title: 'This answer does not fit the item' },
  'reconciliation-unknown': { status: 404, title: 'There is no such item' },
  'refund-running': { status: 409, title: 'Another refund of the payment is being sent' },
  'request-running': {
    status: 409,
    title: 'The first request with this key is still running',
    guestText: 'sending',
  },
  'round-settled': { status: 409, title: 'The round no longer waits for an answer' },
  'route-unknown': { status: 404, title: 'There is nothing at this address' },
  'share-being-paid': {
    status: 409,
    title: 'Somebody else is paying this right now',
    guestText: 'share-being-paid',
  },
  'share-paid': { status: 409, title: 'This was paid already', guestText: 'bill-changed' },
  'sign-in-failed': { status: 401, title: 'E-mail or password is wrong' },
  'sign-in-required': { status: 401, title: 'Sign in first' },
  'table-has-several-orders': {
    status: 409,
    title: 'Several orders are open at the table',
    guestText: 'ask-a-waiter-which-bill',
  },
  'table-unknown': { status: 404, title: 'There is no such table', guestText: 'scan-again' },
  'too-early': { status: 409, title: 'The POS may still be finishing the last attempt' },
  'tip-over-limit': {
    status: 422,
    title: 'The tip is larger than the share it is given on',
    guestText: 'tip-over-limit',
  },
  'variant-required': { status: 422, title: 'A size must be chosen', guestText: 'variant-required' },
  'variant-unknown': { status: 422, title: 'A size does not belong to the item', guestText: 'item-unknown' },
  'webhook-unreadable': { status: 400, title: 'The call names no payment' },
  'write-under-way': { status: 409, title: 'The write is being worked on right now' },
} as const satisfies Record<string, { status: number; title: string; guestText?: string }>;

export type ProblemCode = keyof typeof problems;

export type FieldError = { readonly path: string; readonly code: string };

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly guestText?: string;
  readonly errors?: readonly FieldError[];
};

/** What a route says when it refuses: a code, and what was wrong where. */
export type Refusal = {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** When the reason is the POS's own, its text replaces the problem's. */
  readonly reason?: PosErrorCode;
};

export function problemOf(refusal: Refusal): Problem {
  const row: { status: number; title: string; guestText?: string } = problems[refusal.code];
  const guestText = guestTextOf(refusal, row.guestText);
  return {
    type: `/docs/errors#${refusal.code}`,
    title: row.title,
    status: row.status,
    code: refusal.code,
    detail: refusal.detail ?? (refusal.reason === undefined ? row.title : posErrors[refusal.reason].operator),
    ...(guestText === undefined ? {} : { guestText }),
    ...(refusal.errors === undefined || refusal.errors.length === 0 ? {} : { errors: refusal.errors }),
  };
}

function guestTextOf({ code, reason }: Refusal, own: string | undefined): string | undefined {
  if (reason === undefined) return own;
  return code === 'location-read-only' ? readOnlyText(reason) : posErrors[reason].guestText;
}

export function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const problem = problemOf(refusal);
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
