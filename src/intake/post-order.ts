import { readWhole } from '#acceptance/amounts.ts';
import { refuse } from '#acceptance/codes.ts';
import type { Refused } from '#acceptance/codes.ts';
import { isList, isObject } from '#acceptance/json.ts';
import { orderTypes } from '#acceptance/order.ts';
import type { AcceptedOrder, OrderType } from '#acceptance/order.ts';
import { identifyOrder, isReference, readOrder, textOf } from '#acceptance/read-order.ts';
import type { OrderBody } from '#acceptance/read-order.ts';
import { renderOrder } from '#acceptance/render-order.ts';
import { makeReference } from '#domain/reference.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { IntakeClient } from '#store/intake-clients.ts';
import { findByExternalRef, insertIntakeOrder, refMemoryMs } from '#store/intake-orders.ts';
import type { PostedRef } from '#store/intake-profiles.ts';
import type { Tx } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';
import { RefusedPost } from './deps.ts';
import { judgeOrder } from './judge-order.ts';
import type { Wanted } from './open-intakes.ts';
import { placeOrder } from './place-order.ts';

/** `body` is the whole order, as it is answered. */
export type Posted = Refused | { readonly kind: 'accepted'; readonly body: string };

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
  const { client, body, capabilities, suspend } = posting;
  const nowMs = deps.clock.nowMs();
  const externalRef = textOf(body.get('externalRef')) ?? '';
  const ref = { ...client, externalRef, nowMs };
  const open = await deps.intakes.open(tx, client, { capabilities, wanted: wantedOf(body), ref });
  if (open === undefined) return (await isTaken(tx, ref)) ? duplicateOf(ref.externalRef) : notSetUp;
  const identified = identifyOrder(body, open.intake.rules);
  if (identified.kind === 'refused') return identified;
  const { identity } = identified;
  const { orderNum } = open;
  if (orderNum === null) return duplicateOf(identity.externalRef);
  const judged = judgeOrder(open.intake, { body, identity, suspend, nowMs }, deps.randomBytes);
  if (judged.kind === 'refused') return judged;
  const { order, plan } = judged;
  const orderId =
    suspend || plan === null
      ? null
      : await placeOrder(tx, deps, { place: client, order, plan, open, capabilities });
  const answer = renderOrder(order, {
    orderNum: String(orderNum),
    orderedAtMs: nowMs,
    status: suspend ? 'suspended' : 'made',
  });
  const saved = await insertIntakeOrder(tx, {
    company_id: client.companyId,
    intake_id: makeReference(deps.randomBytes),
    location_id: client.locationId,
    client_id: client.clientId,
    order_num: orderNum,
    external_ref: identity.externalRef,
    state: suspend ? 'suspended' : 'placed',
    posted: posting.text,
    answer,
    created_at_ms: nowMs,
    order_id: orderId,
    currency: open.currency,
    ...columnsOf(order, { changedAtMs: nowMs, promisedMinor: plan?.total.amountMinor ?? null }),
    missing: JSON.stringify(order.missing.map(({ code }) => code)),
    coupons: JSON.stringify(couponsOf(order)),
  });
  if (!saved) throw new RefusedPost(duplicateOf(identity.externalRef));
  return { kind: 'accepted', body: answer };
}

/** Asked where nothing else can be: a repeated post learns that the first one arrived, whatever became of the location since. */
async function isTaken(tx: Tx, ref: IntakeClient & PostedRef): Promise<boolean> {
  if (!isReference(ref.externalRef)) return false;
  const earlier = await findByExternalRef(tx, ref, ref.externalRef);
  return earlier !== undefined && earlier.created_at_ms > ref.nowMs - refMemoryMs;
}

function duplicateOf(externalRef: string): Refused {
  return refuse(1003, { externalRef });
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
