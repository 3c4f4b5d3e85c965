import type {
  Compilable,
  PostgresCursor,
  PostgresPool,
  PostgresPoolClient,
  PostgresQueryResult,
  QueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Tx } from './store.ts';

/** Statements that connections keep prepared. More means that one's text varies. */
const preparedMax = 50;

const names = new Map<string, string>();

/**
 * Runs a statement that each connection has the server parse and plan once. For one that is run often, whose text never varies,
 * whose best plan does not depend on its values (an index on some rows only is chosen by them), and that names the columns it
 * returns: a migration beside this process may add some.
 */
export function executePrepared<Row>(tx: Tx, query: Compilable<Row>): Promise<QueryResult<Row>> {
  const compiled = query.compile();
  if (!names.has(compiled.sql)) {
    if (names.size === preparedMax)
      throw new Error(`a statement of varying text is prepared: ${compiled.sql}`);
    names.set(compiled.sql, `tableside_${names.size}`);
  }
  return tx.executeQuery(compiled);
}

/** A pool whose connections run those statements by name. */
export function poolByName(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => byName(await pool.connect()),
    end: () => pool.end(),
  };
}

function byName(client: PoolClient): PostgresPoolClient {
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new Error('the store streams nothing');
    const name = names.get(text);
    return client.query({ ...(name === undefined ? {} : { name }), text, values: [...values] });
  }
  return { query, release: (broken) => client.release(broken) };
}
