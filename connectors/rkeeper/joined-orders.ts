import { z } from 'zod';
import type { ConnectionMemory } from '#contract/connector.ts';
import type { Reference } from '#domain/reference.ts';

const key = 'joined-orders';
/** Rounds whose order we remember. Only those with an unknown outcome are ever asked for, and those are few. */
const joinedMax = 64;
const schema = z.array(z.tuple([z.string(), z.string()]));

/**
 * Remembers onto which order, opened by somebody else, a first round is about to be saved. When the answer is lost and the
 * order is moved or closed before we look again, nothing at the table leads to it any more.
 */
export async function noteJoined(memory: ConnectionMemory, round: Reference, posRef: string): Promise<void> {
  const others = (await readJoined(memory)).filter(([known]) => known !== round);
  await memory.put(key, JSON.stringify([...others, [round, posRef]].slice(-joinedMax)));
}

export async function findJoined(memory: ConnectionMemory, round: Reference): Promise<string | undefined> {
  return (await readJoined(memory)).find(([known]) => known === round)?.[1];
}

async function readJoined(memory: ConnectionMemory): Promise<readonly (readonly [string, string])[]> {
  const saved = await memory.get(key);
  if (saved === undefined) return [];
  return schema.parse(JSON.parse(saved));
}
