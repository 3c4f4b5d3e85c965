import { readFileSync } from 'node:fs';
import type { StoreDefinition } from '#acceptance/store-definition.ts';
import { parseStore } from '#acceptance/store-definition.ts';

/** The twin's store: a definition file like that of any store, here with a street corner's whole menu. */
export function readPizzeria(): StoreDefinition {
  const parsed = parseStore(JSON.parse(readFileSync(new URL('./pizzeria.json', import.meta.url), 'utf8')));
  if (parsed.kind === 'bad') throw new Error(`pizzeria.json: ${JSON.stringify(parsed.errors)}`);
  return parsed.store;
}
