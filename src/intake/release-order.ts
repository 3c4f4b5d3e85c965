import { parseJson, writeJson, isObject } from '#acceptance/json.ts';
import type { Json, JsonObject } from '#acceptance/json.ts';
import { identifyOrder, readOrder } from '#acceptance/read-order.ts';
import { renderOrder } from '#acceptance/render-order.ts';
import type { Refused } from '#acceptance/codes.ts';
import { getIntakeOrder, lockIntakeOrder, updateIntakeOrder } from '#store/intake-orders.ts';
import type { Tx } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';
import { RefusedPost } from './deps.ts';
import { judgeOrder } from './judge-order.ts';
import { placeOrder } from './place-order.ts';
import { columnsOf, couponsOf, notSetUp, wantedOf } from './post-order.ts';

export type Released =
  | { readonly kind: 'released'; readonly orderId: string }
  | { readonly kind: 'unknown' }
  /** It is no longer suspended. */
  | { readonly kind: 'settled' }
  /** It stays suspended: the first thing that stands against it. */
  | Refused;

/**
 * Releases a suspended order: everything is checked again as if it were posted now, with what a person filled in laid over it, and
 * it goes to the POS. `changes` is a JSON merge patch of the posted order; the reference it was posted under stays.
 */
export async function releaseOrder(
  deps: IntakeDeps,
  asked: { readonly companyId: string; readonly intakeId: string; readonly changes: string | undefined },
): Promise<Released> {
  const found = await deps.store.asCompany(asked.companyId, (tx) =>
    getIntakeOrder(tx, asked.companyId, asked.intakeId),
  );
  if (found === undefined) return { kind: 'unknown' };
  const place = { companyId: found.company_id, locationId: found.location_id };
  const capabilities = await deps.capabilitiesOf(place);
  try {
    return await deps.store.asCompany(asked.companyId, (tx) =>
      release(tx, deps, { ...asked, place, capabilities }),
    );
  } catch (error) {
    if (error instanceof RefusedPost) return error.refused;
    throw error;
  }
}

type Releasing = {
  readonly companyId: string;
  readonly intakeId: string;
  readonly changes: string | undefined;
  readonly place: { readonly companyId: string; readonly locationId: string };
  readonly capabilities: Awaited<ReturnType<IntakeDeps['capabilitiesOf']>>;
};

async function release(tx: Tx, deps: IntakeDeps, releasing: Releasing): Promise<Released> {
  const { place, capabilities } = releasing;
  const order = await lockIntakeOrder(tx, releasing.companyId, releasing.intakeId);
  if (order === undefined) return { kind: 'unknown' };
  if (order.state !== 'suspended') return { kind: 'settled' };
  const text = withChanges(order.posted, { changes: releasing.changes, externalRef: order.external_ref });
  const read = readOrder(text);
  if (read.kind === 'refused') return read;
  const wanted = { ...wantedOf(read.body), intakeId: releasing.intakeId };
  const open = await deps.intakes.open(tx, place, { capabilities, wanted });
  if (open === undefined) return notSetUp;
  const identified = identifyOrder(read.body, open.intake.rules);
  if (identified.kind === 'refused') return identified;
  const nowMs = deps.clock.nowMs();
  const post = { body: read.body, identity: identified.identity, suspend: false, nowMs };
  const judged = judgeOrder(open.intake, post, deps.randomBytes);
  if (judged.kind === 'refused') return judged;
  if (judged.plan === null) throw new Error('a whole order has a plan');
  const orderId = await placeOrder(tx, deps, {
    place,
    order: judged.order,
    plan: judged.plan,
    open,
    capabilities,
  });
  await updateIntakeOrder(tx, order, {
    ...columnsOf(judged.order, { changedAtMs: nowMs, promisedMinor: judged.plan.total.amountMinor }),
    state: 'placed',
    posted: text,
    order_id: orderId,
    missing: [],
    coupons: couponsOf(judged.order),
    answer: renderOrder(judged.order, {
      orderNum: String(order.order_num),
      orderedAtMs: order.created_at_ms,
      status: 'made',
    }),
  });
  return { kind: 'released', orderId };
}

/** The posted order with a merge patch (RFC 7396) laid over it. */
function withChanges(
  posted: string,
  { changes, externalRef }: { readonly changes: string | undefined; readonly externalRef: string },
): string {
  if (changes === undefined) return posted;
  const order = parseJson(posted);
  const patch = parseJson(changes);
  // What cannot be laid over it is read in its place, and refused with the reason.
  if (order.kind === 'bad' || patch.kind === 'bad' || !isObject(patch.value)) return changes;
  const merged = merge(order.value, patch.value);
  return writeJson(new Map([...merged, ['externalRef', externalRef]]));
}

function merge(target: Json, patch: JsonObject): JsonObject {
  const merged = new Map(isObject(target) ? target : []);
  for (const [key, value] of patch) {
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? merge(merged.get(key) ?? null, value) : value);
  }
  return merged;
}
