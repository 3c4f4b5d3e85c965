import pg from 'pg';

/** The PostgreSQL server benchmarks may use; undefined when none answers. */
export async function findServer(): Promise<string | undefined> {
  const url = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.end();
    return url;
  } catch {
    return undefined;
  }
}

/** A database of its own, dropped afterwards. */
export async function makeDatabase(
  serverUrl: string,
): Promise<{ readonly url: string; analyze(): Promise<void>; drop(): Promise<void> }> {
  const name = `tableside_test_bench_${process.pid}`;
  const run = async (statement: string, connectionString = serverUrl) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    /** What the server does by itself within the first minutes: until then it plans for tables that it takes to be empty. */
    analyze: () => run('analyze', url.href),
    drop: () => run(`drop database ${name} with (force)`),
  };
}
