import { sql } from 'kysely';
import type { Insertable } from 'kysely';
import { notify } from './make-store.ts';
import { newOrderRow } from './orders.ts';
import type { OrderToInsert } from './orders.ts';
import { prepare } from './prepared.ts';
import type { Database, NewOrder, NewRound } from './schema.ts';
import type { Tx } from './store.ts';

export type OrderToPlace = {
  readonly order: OrderToInsert;
  readonly round: Omit<NewRound, 'company_id' | 'location_id' | 'order_id' | 'write_id' | 'created_at_ms'>;
  readonly write: Pick<Insertable<Database['writes']>, 'payload' | 'fresh_until_ms' | 'due_at_ms'> & {
    readonly lane: string;
  };
  readonly nowMs: number;
};

export type PlacedOrder = {
  readonly writeId: number;
  /** `waiting`: the location is read-only. */
  readonly state: 'queued' | 'waiting';
};

/**
 * A new order with its one round and the write that makes it in the POS, in one statement. What `insertWrite` locks an order for
 * cannot happen to one that nobody has seen; the location's status is held as there.
 */
export async function insertPlacedOrder(
  tx: Tx,
  { order, round, write, nowMs }: OrderToPlace,
): Promise<PlacedOrder> {
  const [placed] = (await placing(tx, { order: newOrderRow(order, nowMs), round, write, nowMs })).rows;
  if (placed === undefined) throw new Error('an order was saved without its write');
  await notify(tx, 'tableside_writes', '');
  return { writeId: placed.write_id, state: placed.state === 'queued' ? 'queued' : 'waiting' };
}

const placing = prepare(
  (tx, { order, round, write, nowMs }: Omit<OrderToPlace, 'order'> & { readonly order: NewOrder }) => {
    const place = { company_id: order.company_id, location_id: order.location_id };
    const closed = sql<boolean>`(select state <> 'online' from status)`;
    return tx
      .with('status', (db) =>
        db
          .selectFrom('location_statuses')
          .select('state')
          .where('company_id', '=', place.company_id)
          .where('location_id', '=', place.location_id)
          .forShare(),
      )
      .with('placed', (db) => db.insertInto('orders').values(order))
      .with('carried', (db) =>
        db
          .insertInto('writes')
          .values({
            ...place,
            ...write,
            kind: 'create-order',
            order_id: order.order_id,
            round_id: round.round_id,
            state: sql`case when ${closed} then 'waiting' else 'queued' end`,
            waiting_from: sql`case when ${closed} then 'queued' end`,
            created_at_ms: nowMs,
            changed_at_ms: nowMs,
          })
          .returning(['write_id', 'state']),
      )
      .with('rounded', (db) =>
        db.insertInto('rounds').values({
          ...place,
          ...round,
          order_id: order.order_id,
          write_id: (eb) => eb.selectFrom('carried').select('write_id'),
          created_at_ms: nowMs,
        }),
      )
      .selectFrom('carried')
      .select(['write_id', 'state']);
  },
);
