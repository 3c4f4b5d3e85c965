import type { RequestedLine } from '#domain/order.ts';

/** One chosen line and what it costs by the menu the guest saw; the server prices again. */
export type CartLine = RequestedLine & {
  readonly name: string;
  readonly summary: string;
  readonly priceMinor: number;
};

/**
 * The cart of this phone, kept across reloads. The key of a submission is made and stored before anything is sent, and stays
 * until the server answered: a repeated press, a reload or a lost answer repeats the same round.
 */
export function makeCart(token: string, storage: Storage) {
  const linesKey = `cart:${token}`;
  const submissionKey = `submission:${token}`;
  let lines = read();

  function read(): readonly CartLine[] {
    try {
      const stored: unknown = JSON.parse(storage.getItem(linesKey) ?? '[]');
      return Array.isArray(stored) ? (stored as CartLine[]) : [];
    } catch {
      return [];
    }
  }
  function save(next: readonly CartLine[]): void {
    lines = next;
    storage.setItem(linesKey, JSON.stringify(next));
    // Another cart is another round.
    storage.removeItem(submissionKey);
  }
  return {
    lines: () => lines,
    add: (line: CartLine) => save([...lines, line]),
    remove: (index: number) => save(lines.filter((_, at) => at !== index)),
    clear: () => save([]),
    count: () => lines.reduce((sum, line) => sum + line.quantity, 0),
    totalMinor: () => lines.reduce((sum, line) => sum + line.priceMinor, 0),
    submission(): string {
      const key = storage.getItem(submissionKey) ?? crypto.randomUUID();
      storage.setItem(submissionKey, key);
      return key;
    },
  };
}
