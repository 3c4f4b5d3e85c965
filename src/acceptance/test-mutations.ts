import { examplePost, noonMs } from './test-pizzeria.ts';

/** xorshift32: the same orders in every run, so that a failure can be found again by its number. */
export function makeRandom(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)] as Value,
  };
}
export type Random = ReturnType<typeof makeRandom>;

const cents = (minor: number) => minor / 100;
export const pizzaPrices = { '10"': 945, '14"': 1345 } as const;
export const pepperoni = { '10"': 160, '14"': 210 } as const;

/** An order that is right, put together from the menu by a second, independent hand. */
export function rightOrder(random: Random, number: number): Record<string, unknown> {
  const lines = Array.from({ length: 1 + random.below(3) }, () => rightLine(random));
  const sum = lines.reduce((minor, line) => minor + line.minor, 0);
  const off = random.below(3) === 0 ? random.below(300) : 0;
  const subtotal = sum - off;
  const tax = Math.floor((subtotal * 1625 + 5000) / 10_000);
  const tip = random.below(500);
  const isDelivery = random.below(3) === 0;
  const charge = isDelivery ? 350 : 0;
  return {
    ...examplePost,
    type: isDelivery ? 'Delivery' : 'Pickup',
    source: random.pick(['third party', 'GRUBHUB', 'Uber Eats']),
    price: cents(subtotal + tax + tip + charge),
    tax: random.below(2) === 0 ? cents(tax) : null,
    taxableSubtotal: cents(subtotal),
    tip: cents(tip),
    deliveryCharge: random.below(2) === 0 ? cents(charge) : null,
    deferTime: random.below(5) === 0 ? noonMs + random.below(9) * 3_600_000 : null,
    items: lines.map(({ line }) => line),
    adjustment: off === 0 ? null : { name: 'off', discount: cents(off) },
    externalRef: `order-${number}`,
  };
}

function rightLine(random: Random): { readonly line: Record<string, unknown>; readonly minor: number } {
  const size = random.pick(['10"', '14"'] as const);
  const quantity = 1 + random.below(4);
  const top = random.pick(['none', 'whole', 'half', 'extra'] as const);
  const full = top === 'extra' ? Math.floor((pepperoni[size] * 3 + 1) / 2) : pepperoni[size];
  const added = top === 'none' ? 0 : top === 'half' ? Math.floor((full + 1) / 2) : full;
  const minor = quantity * (pizzaPrices[size] + added);
  const ingredient = {
    ingredient: 'Pepperoni',
    isLeftHalf: top === 'half',
    ordered: true,
    ...(top === 'extra' ? { qualifiers: ['Extra'] } : {}),
  };
  const ingredients = top === 'none' ? [] : [ingredient];
  return {
    minor,
    line: { category: 'Pizza', item: 'Cheese', size, quantity, sellingPrice: cents(minor), ingredients },
  };
}

const junk: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    '',
    ' ',
    'x',
    'Pizza',
    '11.85',
    0,
    -0.01,
    0.001,
    1,
    1.5,
    -1,
    1e9,
    1e300,
    1e-7,
    14.61,
  ],
  ...[[], {}, [null], [[]], { a: 1 }, 'x'.repeat(600), '\u0000', '\ud800', 'Ω', '__proto__', 'constructor'],
];
const junkKeys = ['__proto__', 'constructor', 'price', 'orderNum', 'serviceCharge', 'couponCode', 'diff2'];

function isUnknownList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Changes one place, anywhere in the order: another value, a value moved, a key gone, a key more, an entry twice. */
export function mutate(value: unknown, random: Random): unknown {
  if (isUnknownList(value) && value.length > 0 && random.below(4) > 0) {
    const at = random.below(value.length);
    if (random.below(6) === 0) return [...value, value[at]];
    return value.map((entry, index) => (index === at ? mutate(entry, random) : entry));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random.below(8) > 0) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
    const key = entries.length === 0 ? undefined : random.pick(entries)[0];
    const kind = random.below(8);
    if (key === undefined || kind === 0) return { ...value, [random.pick(junkKeys)]: random.pick(junk) };
    if (kind === 1) return Object.fromEntries(entries.filter(([name]) => name !== key));
    if (kind === 2) return { ...value, [key]: random.pick(entries)[1] };
    return { ...value, [key]: mutate((value as Record<string, unknown>)[key], random) };
  }
  return random.pick(junk);
}

/** A broken letter, rarely: what was valid JSON may be no more. */
export function spell(order: unknown, random: Random): string {
  const text = JSON.stringify(order);
  if (random.below(20) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick(['', '"', '}', '0', '-', ',', '\\']) + text.slice(at + 1);
}
