import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * What of each payment a mark-paid counted on. From then on the bill is closed with just that: money that comes to light later is what is
 * too much, however early it was paid, and a refund makes no room for another guest's surplus.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table payments add column covers_minor bigint check (covers_minor >= 0)`).execute(db);
  await sql
    .raw(
      `update payments p set covers_minor = greatest(0, p.amount_minor - p.refunded_minor - p.surplus_minor)
        from orders o
        where o.company_id = p.company_id and o.order_id = p.order_id and o.covered_minor is not null
          and p.state = 'paid' and p.counts`,
    )
    .execute(db);
}
