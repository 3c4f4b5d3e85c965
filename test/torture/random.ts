/** Choices that follow from a seed: the plan of a run repeats with it, the machine's timing does not. */
export interface Random {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  /** True in `share` of the cases. */
  chance(share: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** A stream of its own, so that one actor asking more often moves no other. */
  fork(name: string): Random;
}

export function makeRandom(seed: string): Random {
  let state = hashOf(seed);
  // Mulberry32: 32 bits of state are enough to choose among a few faults.
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    between: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    chance: (share) => fraction() < share,
    pick(values) {
      if (values.length === 0) throw new Error('nothing to pick from');
      return values[Math.floor(fraction() * values.length)] as (typeof values)[number];
    },
    fork: (name) => makeRandom(`${seed}/${name}`),
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
