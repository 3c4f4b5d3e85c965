import type { RandomBytes } from '#domain/reference.ts';

/** Numbers that follow from a seed alone. Each actor has a stream of its own, so that one asking more often moves no other. */
export interface Random {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** True this often. */
  chance(share: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  readonly bytes: RandomBytes;
}

/** FNV-1a. */
export function hashText(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** sfc32: small, quick, and good enough to decide whose packet is lost. */
export function makeRandom(seed: number, stream: string): Random {
  let a = hashText(stream) | 0;
  let b = seed | 0;
  let c = 0x9e3779b9 | 0;
  let d = 1;
  function next(): number {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let warm = 0; warm < 12; warm += 1) next();
  const fraction = () => next() / 4_294_967_296;
  const between = (from: number, to: number) => from + Math.floor(fraction() * (to - from + 1));
  return {
    fraction,
    between,
    chance: (share) => fraction() < share,
    pick<Value>(values: readonly Value[]): Value {
      const value = values[Math.floor(fraction() * values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
  };
}
