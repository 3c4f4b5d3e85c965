import type { Availability, Menu, MenuItem, Modifier, ModifierGroup } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import { addMoney, sumMoney } from '#domain/money.ts';
import type { Line, LineModifier, RequestedLine } from '#domain/order.ts';
import { priceLine, roundLinesMax } from '#domain/price-line.ts';
import type { PricedLine } from '#domain/price-line.ts';
import type { RandomBytes } from '#domain/reference.ts';
import { makeReference } from '#domain/reference.ts';
import { taxOnTop } from '#domain/tax.ts';
import { parseNote } from '#domain/text.ts';
import { refuse } from './deps.ts';
import type { OrderingRefusalCode, Refused } from './deps.ts';

/** What a kitchen printer and the narrowest POS field take. */
const noteLengthMax = 150;

type FieldError = { readonly path: string; readonly code: OrderingRefusalCode };
type Priced = {
  readonly kind: 'priced';
  readonly lines: readonly Line[];
  /** The lines, and the taxes that their prices do not hold. */
  readonly total: Money;
};

export type PricingDeps = {
  readonly randomBytes: RandomBytes;
  /** The location's POS takes a guest's words to the kitchen. */
  readonly takesNotes: boolean;
};

/** Prices a whole round against the pinned menu, or names everything that is wrong with it. */
export function priceRound(
  menu: Menu,
  requested: readonly RequestedLine[],
  deps: PricingDeps,
): Priced | Refused {
  if (requested.length > roundLinesMax) return refuse('lines-too-many');
  const errors: FieldError[] = [];
  const placed: PlacedLine[] = [];
  for (const [index, line] of requested.entries()) {
    const priced = priceLine(menu, line);
    const note = judgeNote(line.note, deps.takesNotes);
    if (note.kind === 'bad') errors.push({ path: `lines[${index}].note`, code: note.code });
    if (priced.kind === 'refused') {
      errors.push(
        ...priced.errors.map((error) => ({ path: `lines[${index}].${error.path}`, code: error.code })),
      );
    } else if (note.kind === 'note') {
      placed.push({
        index,
        item: priced.line.item,
        line: lineOf(priced.line, line.quantity, note.text, deps.randomBytes),
      });
    }
  }
  errors.push(...overRemaining(menu, placed));
  const lines = placed.map(({ line }) => line);
  const [first] = errors;
  if (first !== undefined) return { kind: 'refused', code: first.code, errors };
  return {
    kind: 'priced',
    lines,
    total: addMoney(
      sumMoney(
        lines.map((line) => line.price),
        menu.currency,
      ),
      taxOnTop(
        placed.map(({ item, line }) => ({ item, price: line.price })),
        menu.currency,
      ),
    ),
  };
}

function judgeNote(
  text: string | undefined,
  takesNotes: boolean,
):
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'bad'; readonly code: FieldError['code'] } {
  const note = parseNote(text ?? '', noteLengthMax);
  if (note.kind === 'bad') return { kind: 'bad', code: `note-${note.code}` };
  return note.text === '' || takesNotes ? note : { kind: 'bad', code: 'not-offered' };
}

function lineOf(priced: PricedLine, quantity: number, note: string, randomBytes: RandomBytes): Line {
  return {
    lineId: makeReference(randomBytes),
    itemId: priced.item.itemId,
    name: priced.item.name,
    ...(priced.variant === undefined
      ? {}
      : { variantId: priced.variant.variantId, variantName: priced.variant.name }),
    quantity,
    ...(note === '' ? {} : { note }),
    modifiers: priced.modifiers,
    unitPrice: priced.unitPrice,
    price: priced.price,
  };
}

type PlacedLine = { readonly index: number; readonly item: MenuItem; readonly line: Line };

/** Lines of one round count together: two of three left and two more of them are one too many. */
function overRemaining(menu: Menu, placed: readonly PlacedLine[]): readonly FieldError[] {
  const left = remainingOf(menu);
  const errors: FieldError[] = [];
  for (const { index, line } of placed) {
    const wanted: readonly Wanted[] = [
      { id: `item ${line.itemId}`, units: line.quantity, at: '.quantity', code: 'item-sold-out' },
      { id: `variant ${line.variantId ?? ''}`, units: line.quantity, at: '.quantity', code: 'item-sold-out' },
      ...wantedModifiers(line.modifiers, line.quantity),
    ];
    for (const { id, units, at, code } of wanted) {
      const remaining = left.get(id);
      if (remaining === undefined) continue;
      left.set(id, remaining - units);
      if (remaining < units) errors.push({ path: `lines[${index}]${at}`, code });
    }
  }
  return errors;
}

type Wanted = {
  readonly id: string;
  readonly units: number;
  /** Below the line. */
  readonly at: string;
  readonly code: 'item-sold-out' | 'modifier-sold-out';
};

function wantedModifiers(modifiers: readonly LineModifier[], times: number): readonly Wanted[] {
  return modifiers.flatMap((modifier) => [
    {
      id: `modifier ${modifier.modifierId}`,
      units: modifier.quantity * times,
      at: '.modifiers',
      code: 'modifier-sold-out' as const,
    },
    ...wantedModifiers(modifier.modifiers ?? [], modifier.quantity * times),
  ]);
}

/** Units left of everything that is limited. */
function remainingOf(menu: Menu): Map<string, number> {
  const left = new Map<string, number>();
  const note = (id: string, availability: Availability) => {
    if (availability.state === 'limited') left.set(id, availability.remaining);
  };
  const noteModifier = (modifier: Modifier): void => {
    note(`modifier ${modifier.modifierId}`, modifier.availability);
    noteGroups(modifier.modifierGroups ?? []);
  };
  const noteGroups = (groups: readonly ModifierGroup[]): void =>
    groups.forEach((group) => group.modifiers.forEach(noteModifier));
  for (const item of menu.categories.flatMap((category) => category.items)) {
    note(`item ${item.itemId}`, item.availability);
    for (const variant of item.variants) note(`variant ${variant.variantId}`, variant.availability);
    noteGroups(item.modifierGroups);
  }
  return left;
}
