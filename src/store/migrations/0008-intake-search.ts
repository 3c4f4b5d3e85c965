import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Staff look an order up while its customer waits on the phone: by the client's reference and by our number, as by the client's number. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`create index intake_orders_external_ref on intake_orders (company_id, external_ref)`)
    .execute(db);
  await sql.raw(`create index intake_orders_order_num on intake_orders (company_id, order_num)`).execute(db);
}
