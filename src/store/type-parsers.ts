import pg from 'pg';
import type { CustomTypesConfig } from 'pg';

const int8Oid = 20;

/**
 * The same JavaScript values on both engines: `bigint` columns and counts arrive as safe integers instead of text.
 * `sum()` of a bigint is `numeric` in PostgreSQL and stays text: cast it to bigint in the query.
 */
export const storeTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid === int8Oid) return parseInt8;
    return pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text');
  },
};

/** Throws on a number a double cannot hold: rounding an amount or an id would be worse than failing. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${text}`);
  return value;
}
