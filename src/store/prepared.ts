import type {
  Compilable,
  CompiledQuery,
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
  return tx.executeQuery(named(query.compile()));
}

function named<Row>(compiled: CompiledQuery<Row>): CompiledQuery<Row> {
  if (!names.has(compiled.sql)) {
    if (names.size === preparedMax)
      throw new Error(`a statement of varying text is prepared: ${compiled.sql}`);
    names.set(compiled.sql, `tableside_${names.size}`);
  }
  return compiled;
}

type Value = string | number | boolean | null;
/** Values by name, in groups where that reads better. What is undefined is not given. */
type Given = object;

/** Stands for a value while a statement is built: the nth of those given. */
class Placeholder {
  readonly nth: number;
  constructor(nth: number) {
    this.nth = nth;
  }
}

/**
 * The same, for a statement that takes longer to build than to send: it is built once, and each run puts its values in their places.
 * `build` hands the values on as they are: it computes with none and asks none, and each has its place, or the first run fails.
 */
export function prepare<Values extends Given, Row>(
  build: (tx: Tx, given: Values) => Compilable<Row>,
): (tx: Tx, given: Values) => Promise<QueryResult<Row>> {
  const statements = new Map<string, CompiledQuery<Row>>();
  return (tx, given) => {
    const values: Value[] = [];
    // Which columns are given is part of the text.
    const shape = shapeOf(given, values);
    let statement = statements.get(shape);
    if (statement === undefined) {
      statement = named(build(tx, placeholdersFor(given, { next: 0 })).compile());
      requirePlaces(statement, values.length);
      statements.set(shape, statement);
    }
    const parameters = statement.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.nth] : parameter,
    );
    return tx.executeQuery({ ...statement, parameters });
  };
}

/** The names of what is given, in order; its values are added to `values`. */
function shapeOf(given: Given, values: Value[]): string {
  let shape = '';
  for (const [name, value] of Object.entries(given) as [string, Value | Given | undefined][]) {
    if (value === undefined) continue;
    shape += ` ${name}`;
    if (typeof value === 'object' && value !== null) shape += ` (${shapeOf(value, values)} )`;
    else values.push(value);
  }
  return shape;
}

function placeholdersFor<Values extends Given>(given: Values, counter: { next: number }): Values {
  const places = Object.entries(given).flatMap(([name, value]: [string, Value | Given | undefined]) => {
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null) return [[name, placeholdersFor(value, counter)]];
    const place = new Placeholder(counter.next);
    counter.next += 1;
    return [[name, place]];
  });
  return Object.fromEntries(places) as Values;
}

function requirePlaces(statement: CompiledQuery, count: number): void {
  const places = new Set(
    statement.parameters.flatMap((parameter) => (parameter instanceof Placeholder ? [parameter.nth] : [])),
  );
  if (places.size !== count)
    throw new Error(
      `a prepared statement has places for ${places.size} of ${count} values: ${statement.sql}`,
    );
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
