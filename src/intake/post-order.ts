import { readWhole } from '#acceptance/amounts.ts';
import { refuse } from '#acceptance/codes.ts';
import type { Refused } from '#acceptance/codes.ts';
import { isList, isObject } from '#acceptance/json.ts';
import { orderTypes } from '#acceptance/order.ts';
import type { AcceptedOrder, OrderType } from '#acceptance/order.ts';
import { identifyOrder, readOrder, textOf } from '#acceptance/read-order.ts';
import type { OrderBody } from '#acceptance/read-order.ts';
import { renderOrder } from '#acceptance/render-order.ts';
import { makeReference } from '#domain/reference.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { IntakeClient } from '#store/intake-clients.ts';
import {
  findByExternalRef,
  forgetOldIntakeOrders,
  insertIntakeOrder,
  refMemoryMs,
  updateIntakeOrder,
} from '#store/intake-orders.ts';
import type { Tx } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';
import { RefusedPost } from './deps.ts';
import { judgeOrder } from './judge-order.ts';
import type { Wanted } from './open-intakes.ts';
import { placeOrder } from './place-order.ts';

/** `body` is the whole order, as it is answered. */
export type Posted = Refused | { readonly kind: 'accepted'; readonly body: string };

/** One post in so many looks whether old ones are to be forgotten. */
const forgetEvery = 500;

/**
 * Takes a third party's order: judged, and saved with its POS write and the answer in one transaction. Refusals save nothing.
 *
 * The same reference again is refused before anything that can change between a post and its retry is asked. Of posts that arrive
 * at once one is saved; the others wait at the index for its commit and are then refused the same way.
 */
export async function postOrder(
  deps: IntakeDeps,
  client: IntakeClient,
  post: { readonly text: string; readonly suspend: boolean },
): Promise<Posted> {
  const read = readOrder(post.text);
  if (read.kind === 'refused') return read;
  const posting: Posting = {
    client,
    text: post.text,
    body: read.body,
    suspend: post.suspend,
    // Outside the transaction: opening a connector reads the store, and the embedded store has one connection.
    capabilities: await deps.capabilitiesOf(client),
  };
  try {
    return await deps.store.asCompany(client.companyId, (tx) => takeOrder(tx, deps, posting));
  } catch (error) {
    if (error instanceof RefusedPost) return error.refused;
    throw error;
  }
}

type Posting = {
  readonly client: IntakeClient;
  readonly text: string;
  readonly body: OrderBody;
  readonly suspend: boolean;
  readonly capabilities: Capabilities | undefined;
};

async function takeOrder(tx: Tx, deps: IntakeDeps, posting: Posting): Promise<Posted> {
  const { client, body, capabilities } = posting;
  const nowMs = deps.clock.nowMs();
  const open = await deps.intakes.open(tx, client, { capabilities, wanted: wantedOf(body) });
  if (open === undefined) return notSetUp;
  const identified = identifyOrder(body, open.intake.rules);
  if (identified.kind === 'refused') return identified;
  const { identity } = identified;
  const duplicate = refuse(1003, { externalRef: identity.externalRef });
  const earlier = await findByExternalRef(tx, client, identity.externalRef);
  if (earlier !== undefined && earlier.created_at_ms > nowMs - refMemoryMs) return duplicate;
  if (earlier !== undefined) await forgetOldIntakeOrders(tx, client, nowMs);
  const judged = judgeOrder(
    open.intake,
    { body, identity, suspend: posting.suspend, nowMs },
    deps.randomBytes,
  );
  if (judged.kind === 'refused') return judged;
  const saved = await insertIntakeOrder(tx, {
    company_id: client.companyId,
    intake_id: makeReference(deps.randomBytes),
    location_id: client.locationId,
    client_id: client.clientId,
    external_ref: identity.externalRef,
    state: posting.suspend ? 'suspended' : 'placed',
    posted: posting.text,
    answer: '',
    created_at_ms: nowMs,
    order_id: null,
    currency: open.currency,
    ...columnsOf(judged.order, { changedAtMs: nowMs, promisedMinor: judged.plan?.total.amountMinor ?? null }),
    missing: JSON.stringify(judged.order.missing.map(({ code }) => code)),
    coupons: JSON.stringify(couponsOf(judged.order)),
  });
  if (saved === undefined) throw new RefusedPost(duplicate);
  const orderId =
    posting.suspend || judged.plan === null
      ? null
      : await placeOrder(tx, deps, {
          place: client,
          order: judged.order,
          plan: judged.plan,
          open,
          capabilities,
        });
  const answer = renderOrder(judged.order, {
    orderNum: String(saved.order_num),
    orderedAtMs: nowMs,
    status: posting.suspend ? 'suspended' : 'made',
  });
  await updateIntakeOrder(tx, saved, { order_id: orderId, answer, changed_at_ms: nowMs });
  if (saved.order_num % forgetEvery === 0) await forgetOldIntakeOrders(tx, client, nowMs);
  return { kind: 'accepted', body: answer };
}

/** What is kept of an order beside its texts, to list and to search. */
export function columnsOf(
  order: AcceptedOrder,
  { changedAtMs, promisedMinor }: { readonly changedAtMs: number; readonly promisedMinor: number | null },
) {
  return {
    external_number: order.externalNumber,
    sent_minor: order.totals.price.amountMinor,
    promised_minor: promisedMinor,
    defer_at_ms: order.deferAtMs,
    changed_at_ms: changedAtMs,
  };
}

export function couponsOf(order: AcceptedOrder): readonly string[] {
  return order.specials.flatMap((special) => special.couponCode ?? []);
}

/** What the body asks of things that a store counts. What is malformed counts nothing: the check says so later. */
export function wantedOf(body: OrderBody): Wanted {
  const specials = body.get('specials');
  const coupons = (isList(specials) ? specials : []).flatMap((special) =>
    isObject(special) ? (textOf(special.get('couponCode')) ?? []) : [],
  );
  return { deferAtMs: readWhole(body.get('deferTime')), coupons };
}

/** The order types a location takes, in its answer to the question. Undefined: it takes no orders of third parties. */
export function listOrderTypes(deps: IntakeDeps, client: IntakeClient): Promise<readonly OrderType[]> {
  return deps.store.asCompany(client.companyId, async (tx) => {
    const open = await deps.intakes.open(tx, client, {
      capabilities: undefined,
      wanted: { deferAtMs: undefined, coupons: [] },
    });
    return orderTypes.filter((type) => open?.intake.rules.orderTypes.includes(type));
  });
}

export const notSetUp: Refused = refuse(1010, { reason: 'The store takes no orders of third parties yet.' });
