import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StoreDefinition } from '#acceptance/store-definition.ts';
import type { ConnectionMemory } from '#contract/connector.ts';
import type { AvailabilitySnapshot } from '#domain/menu.ts';
import type { Line } from '#domain/order.ts';
import { hourMs, minuteMs } from '#domain/time.ts';

/**
 * What a store said when it refused an order, kept because nothing else tells: the API cannot be asked what is sold out, nor
 * whether the store is open.
 */
export interface Shelf {
  /** The store had none of an item of this round. It is not offered until the next morning is likely to have come. */
  noteSoldOut(lines: readonly Line[], nowMs: number): Promise<void>;
  /** The store prices an item of this round otherwise. It is not offered until the store file is another. */
  noteOtherPrice(lines: readonly Line[]): Promise<void>;
  noteClosed(nowMs: number): Promise<void>;
  wasClosed(nowMs: number): Promise<boolean>;
  availability(nowMs: number): Promise<AvailabilitySnapshot>;
}

/** Items sold out in the evening are back when the next day begins; nobody tells us sooner. */
const soldOutMs = 8 * hourMs;
/** A store that says it is closed although its hours say otherwise is asked again after this long. */
const closedMs = 15 * minuteMs;
/** Items remembered; a store with more of them sold out is a store that is closed. */
const itemsMax = 200;

const memoryKey = 'shelf';
const remembered = z.object({
  /** Until when each item is sold out; null: while the store file is the one named. */
  items: z.record(z.string(), z.number().nullable()),
  storeFile: z.string(),
  closedAtMs: z.number().nullable(),
});
type Remembered = z.infer<typeof remembered>;

export function makeShelf(memory: ConnectionMemory, store: StoreDefinition): Shelf {
  const storeFile = hashOf(store);
  const read = async (): Promise<Remembered> => {
    const text = await memory.get(memoryKey);
    const parsed = remembered.safeParse(text === undefined ? undefined : JSON.parse(text));
    const known = parsed.success ? parsed.data : { items: {}, storeFile, closedAtMs: null };
    // Another store file: what was said of its prices no longer counts.
    if (known.storeFile === storeFile) return known;
    const items = Object.fromEntries(Object.entries(known.items).filter(([, untilMs]) => untilMs !== null));
    return { ...known, items, storeFile };
  };
  const put = (state: Remembered) => memory.put(memoryKey, JSON.stringify(state));
  const noteItems = async (lines: readonly Line[], untilMs: number | null) => {
    const known = await read();
    const added = Object.fromEntries(lines.map(({ itemId }) => [itemId, untilMs]));
    const items = Object.fromEntries(Object.entries({ ...known.items, ...added }).slice(-itemsMax));
    await put({ ...known, items });
  };
  return {
    noteSoldOut: (lines, nowMs) => noteItems(lines, nowMs + soldOutMs),
    noteOtherPrice: (lines) => noteItems(lines, null),
    noteClosed: async (nowMs) => put({ ...(await read()), closedAtMs: nowMs }),
    async wasClosed(nowMs) {
      const { closedAtMs } = await read();
      return closedAtMs !== null && nowMs - closedAtMs < closedMs;
    },
    async availability(nowMs) {
      const soldOut = Object.entries((await read()).items).filter(
        ([, untilMs]) => untilMs === null || untilMs > nowMs,
      );
      return {
        readAtMs: nowMs,
        items: Object.fromEntries(soldOut.map(([itemId]) => [itemId, { state: 'sold-out' as const }])),
        variants: {},
        modifiers: {},
      };
    },
  };
}

/** Names a version of the store file. */
export function hashOf(store: StoreDefinition): string {
  return createHash('sha256').update(JSON.stringify(store)).digest('hex').slice(0, 32);
}
