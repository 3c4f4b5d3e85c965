/** What is due when, as a binary heap: adding and taking cost the logarithm of what waits. */
export interface DueQueue<Item> {
  add(dueAtMs: number, item: Item): void;
  /** Takes the earliest item that is due; undefined when none is. */
  takeDue(nowMs: number): Item | undefined;
  nextDueAtMs(): number | undefined;
  clear(): void;
}

type Entry<Item> = { readonly dueAtMs: number; readonly item: Item };

export function makeDueQueue<Item>(): DueQueue<Item> {
  let heap: Entry<Item>[] = [];
  const dueAt = (index: number) => heap[index]?.dueAtMs ?? Number.POSITIVE_INFINITY;

  function swap(left: number, right: number): void {
    const [a, b] = [heap[left], heap[right]];
    if (a === undefined || b === undefined) return;
    heap[left] = b;
    heap[right] = a;
  }
  function rise(index: number): void {
    const parent = (index - 1) >> 1;
    if (index === 0 || dueAt(parent) <= dueAt(index)) return;
    swap(parent, index);
    rise(parent);
  }
  function sink(index: number): void {
    const left = 2 * index + 1;
    const least = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
    if (dueAt(least) >= dueAt(index)) return;
    swap(least, index);
    sink(least);
  }
  return {
    add(dueAtMs, item) {
      heap.push({ dueAtMs, item });
      rise(heap.length - 1);
    },
    takeDue(nowMs) {
      if (dueAt(0) > nowMs) return undefined;
      const [first] = heap;
      swap(0, heap.length - 1);
      heap.pop();
      sink(0);
      return first?.item;
    },
    nextDueAtMs: () => heap[0]?.dueAtMs,
    clear() {
      heap = [];
    },
  };
}
