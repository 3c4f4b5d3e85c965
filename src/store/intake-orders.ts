import { sql } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import { prepare } from './prepared.ts';
import type { IntakeOrderRow, NewIntakeOrder } from './schema.ts';
import type { Tx } from './store.ts';

/** How long a client may not use a reference again. */
export const refMemoryMs = 400 * 24 * 60 * 60 * 1_000;
/** More than this nobody scrolls through; a search narrows. */
const ordersListedMax = 200;

type Client = { readonly companyId: string; readonly clientId: string };

/** The order a client posted under this reference. */
export function findByExternalRef(
  tx: Tx,
  client: Client,
  externalRef: string,
): Promise<IntakeOrderRow | undefined> {
  return tx
    .selectFrom('intake_orders')
    .selectAll()
    .where('company_id', '=', client.companyId)
    .where('client_id', '=', client.clientId)
    .where('external_ref', '=', externalRef)
    .executeTakeFirst();
}

/**
 * Saves a posted order; false when the client has one under the same reference that is still remembered: what is older makes way.
 * A second post of the same waits here for the first one's commit; a rollback gives the reference back.
 */
export async function insertIntakeOrder(
  tx: Tx,
  order: NewIntakeOrder & { readonly order_num: number },
): Promise<boolean> {
  const forgottenMs = order.created_at_ms - refMemoryMs;
  return (await inserting(tx, { order, forgottenMs })).rows.length === 1;
}

const inserting = prepare(
  (tx, { order, forgottenMs }: { readonly order: NewIntakeOrder; readonly forgottenMs: number }) =>
    tx
      .insertInto('intake_orders')
      .values(order)
      .onConflict((conflict) =>
        conflict
          .columns(['company_id', 'client_id', 'external_ref'])
          .doUpdateSet((update) =>
            Object.fromEntries(
              Object.keys(order).map((name) => [name, update.ref(`excluded.${name}` as 'excluded.posted')]),
            ),
          )
          .where('intake_orders.created_at_ms', '<=', forgottenMs),
      )
      .returning('intake_id'),
);

export async function updateIntakeOrder(
  tx: Tx,
  order: Pick<IntakeOrderRow, 'company_id' | 'intake_id'>,
  change: Partial<
    Pick<
      IntakeOrderRow,
      | 'state'
      | 'posted'
      | 'answer'
      | 'order_id'
      | 'sent_minor'
      | 'promised_minor'
      | 'external_number'
      | 'defer_at_ms'
    >
  > & {
    readonly missing?: readonly number[];
    readonly coupons?: readonly string[];
    readonly changed_at_ms: number;
  },
): Promise<void> {
  const { missing, coupons, ...columns } = change;
  await tx
    .updateTable('intake_orders')
    .set({
      ...columns,
      ...(missing === undefined ? {} : { missing: JSON.stringify(missing) }),
      ...(coupons === undefined ? {} : { coupons: JSON.stringify(coupons) }),
    })
    .where('company_id', '=', order.company_id)
    .where('intake_id', '=', order.intake_id)
    .execute();
}

export function getIntakeOrder(
  tx: Tx,
  companyId: string,
  intakeId: string,
): Promise<IntakeOrderRow | undefined> {
  return oneOrder(tx, companyId, intakeId).executeTakeFirst();
}

/** The same, locked: a release and a void of it come one after the other. */
export function lockIntakeOrder(
  tx: Tx,
  companyId: string,
  intakeId: string,
): Promise<IntakeOrderRow | undefined> {
  return oneOrder(tx, companyId, intakeId).forUpdate().executeTakeFirst();
}

function oneOrder(tx: Tx, companyId: string, intakeId: string) {
  return tx
    .selectFrom('intake_orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('intake_id', '=', intakeId as Reference);
}

/** What was posted as this order; undefined: it is no third party's. */
export function findPostedAs(
  tx: Tx,
  companyId: string,
  orderId: string,
): Promise<IntakeOrderRow | undefined> {
  return tx
    .selectFrom('intake_orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', '=', orderId as Reference)
    .executeTakeFirst();
}

/** What a store definition counts: orders deferred to a span of time, and how often coupons were redeemed. */
export async function countIntake(
  tx: Tx,
  asked: {
    readonly companyId: string;
    readonly locationId: string;
    readonly fromMs: number;
    readonly untilMs: number;
    readonly coupons: readonly string[];
    /** The order that is asked for does not stand in its own way. */
    readonly exceptIntakeId: string;
  },
): Promise<{ readonly deferredAtMs: readonly number[]; readonly redemptions: ReadonlyMap<string, number> }> {
  const deferred = await tx
    .selectFrom('intake_orders')
    .select('defer_at_ms')
    .where('company_id', '=', asked.companyId)
    .where('location_id', '=', asked.locationId)
    .where('state', '<>', 'voided')
    .where('intake_id', '<>', asked.exceptIntakeId as Reference)
    .where('defer_at_ms', '>=', asked.fromMs)
    .where('defer_at_ms', '<', asked.untilMs)
    .execute();
  const redemptions = new Map<string, number>();
  for (const code of new Set(asked.coupons)) {
    const counted = await sql<{ count: number }>`
      select count(*) as count from intake_orders where company_id = ${asked.companyId} and location_id = ${asked.locationId}
        and state <> 'voided' and intake_id <> ${asked.exceptIntakeId} and coupons <> '[]' and coupons @> ${JSON.stringify([code])}::jsonb`.execute(
      tx,
    );
    redemptions.set(code, Number(counted.rows[0]?.count ?? 0));
  }
  return { deferredAtMs: deferred.flatMap((row) => row.defer_at_ms ?? []), redemptions };
}

/** As we write it, and no longer than a number keeps every digit of. */
const ourNumber = /^[1-9][0-9]{0,14}$/;

/** Newest first. `number` finds by the third party's own number or reference, or by ours. */
export function listIntakeOrders(
  tx: Tx,
  asked: {
    readonly companyId: string;
    readonly locationId: string | undefined;
    readonly state: IntakeOrderRow['state'] | undefined;
    readonly number: string | undefined;
  },
): Promise<IntakeOrderRow[]> {
  let query = tx.selectFrom('intake_orders').selectAll().where('company_id', '=', asked.companyId);
  if (asked.locationId !== undefined) query = query.where('location_id', '=', asked.locationId);
  if (asked.state !== undefined) query = query.where('state', '=', asked.state);
  if (asked.number !== undefined) {
    const { number } = asked;
    query = query.where((where) =>
      where.or([
        where('external_number', '=', number),
        where('external_ref', '=', number),
        ...(ourNumber.test(number) ? [where('order_num', '=', Number(number))] : []),
      ]),
    );
  }
  return query.orderBy('created_at_ms', 'desc').limit(ordersListedMax).execute();
}

/** Rows forgotten in one transaction: a location that was forgotten for long is caught up with in several. */
const forgottenMax = 5_000;

/** Forgets what was posted at a location longer ago than references are remembered. True: there may be more. */
export async function forgetOldPosts(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
  nowMs: number,
): Promise<boolean> {
  const forgotten = await sql`
    delete from intake_orders where company_id = ${place.companyId} and intake_id in (
      select intake_id from intake_orders
      where company_id = ${place.companyId} and location_id = ${place.locationId} and created_at_ms <= ${nowMs - refMemoryMs}
      limit ${forgottenMax})`.execute(tx);
  return forgotten.numAffectedRows === BigInt(forgottenMax);
}
