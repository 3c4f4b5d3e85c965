/** What of a bill one guest pays. */
export type Share =
  | { readonly kind: 'all' }
  /** One of so many equal parts. */
  | { readonly kind: 'equal'; readonly parts: number }
  | { readonly kind: 'amount'; readonly amountMinor: number }
  /** Own items; with `parts` one of so many equal parts of the item. */
  | { readonly kind: 'lines'; readonly lines: readonly ShareLine[] };

export type ShareLine = { readonly lineId: string; readonly parts?: number };

/** How much of one line a payment pays. `parts` null: all that was left of it. */
export type LineAmount = {
  readonly lineId: string;
  readonly amountMinor: number;
  readonly parts: number | null;
};

/** A payment of the same bill that was paid, or that another guest is paying right now. */
export type Taken = {
  readonly paid: boolean;
  readonly share: Share;
  readonly amountMinor: number;
  readonly lineAmounts: readonly LineAmount[];
};

export type Bill = {
  /** Discounts taken off. */
  readonly totalMinor: number;
  readonly dueMinor: number;
  /** What is on it, voided lines left out. */
  readonly lines: readonly { readonly lineId: string; readonly priceMinor: number }[];
  readonly taken: readonly Taken[];
};

/** More people than this do not split one bill evenly. */
export const partsMax = 50;

export type ShareRefusal =
  'amount-invalid' | 'amount-over-due' | 'line-unknown' | 'nothing-due' | 'share-being-paid' | 'share-paid';

export type ShareResult =
  | { readonly kind: 'share'; readonly amountMinor: number; readonly lineAmounts: readonly LineAmount[] }
  | { readonly kind: 'refused'; readonly code: ShareRefusal };

/**
 * What a share comes to. Every division gives the larger pieces first and divides again what is left, so the last piece is
 * exactly the rest: cents always close.
 */
export function amountOfShare(bill: Bill, share: Share): ShareResult {
  if (bill.dueMinor <= 0) return refused('nothing-due');
  switch (share.kind) {
    case 'all':
      return { kind: 'share', amountMinor: bill.dueMinor, lineAmounts: [] };
    case 'equal':
      return equalPart(bill, share.parts);
    case 'amount':
      if (!Number.isSafeInteger(share.amountMinor) || share.amountMinor <= 0)
        return refused('amount-invalid');
      if (share.amountMinor > bill.dueMinor) return refused('amount-over-due');
      return { kind: 'share', amountMinor: share.amountMinor, lineAmounts: [] };
    case 'lines':
      return ownLines(bill, share.lines);
  }
}

function equalPart(bill: Bill, parts: number): ShareResult {
  if (!isParts(parts)) return refused('amount-invalid');
  const { partsLeft, leftMinor, isHeld } = leftOfSplit(bill, parts);
  // All parts were paid and something is due again: a line came later. It is nobody's part.
  if (partsLeft <= 0) return refused(isHeld ? 'share-being-paid' : 'share-paid');
  if (leftMinor <= 0) return refused('share-being-paid');
  return { kind: 'share', amountMinor: Math.ceil(leftMinor / partsLeft), lineAmounts: [] };
}

function ownLines(bill: Bill, chosen: readonly ShareLine[]): ShareResult {
  if (chosen.length === 0 || new Set(chosen.map((line) => line.lineId)).size < chosen.length)
    return refused('amount-invalid');
  const states = lineStates(bill);
  const amounts: LineAmount[] = [];
  for (const { lineId, parts } of chosen) {
    const line = states.get(lineId);
    if (line === undefined) return refused('line-unknown');
    if (parts !== undefined && !isParts(parts)) return refused('amount-invalid');
    const amount = parts === undefined ? wholeLine(line) : partOfLine(line, parts);
    if (typeof amount === 'string') return refused(amount);
    amounts.push({ lineId, amountMinor: amount, parts: parts ?? null });
  }
  const heldMinor = sum(
    bill.taken.filter((taken) => !taken.paid && taken.share.kind === 'lines').map(amountOf),
  );
  const openMinor = bill.dueMinor - heldMinor;
  if (openMinor <= 0) return refused('share-being-paid');
  // Whoever takes the last line pays what is left to the cent, however discounts were spread before.
  const closes = [...states].every(
    ([lineId, line]) =>
      isCovered(line) ||
      isClosedBy(
        line,
        amounts.find((amount) => amount.lineId === lineId),
      ),
  );
  const wantedMinor = sum(amounts.map(amountOf));
  const amountMinor = closes ? openMinor : Math.min(wantedMinor, openMinor);
  if (amountMinor <= 0) return refused('nothing-due');
  const spread = allocate(
    amountMinor,
    amounts.map((amount) => amount.amountMinor),
  );
  return {
    kind: 'share',
    amountMinor,
    lineAmounts: amounts.map((amount, index) => ({ ...amount, amountMinor: spread[index] ?? 0 })),
  };
}

/** How the bill is being split evenly, if it is: what is left of the latest such split for the next to join. */
export function splitOf(
  bill: Bill,
): { readonly parts: number; readonly partsLeft: number; readonly leftMinor: number } | undefined {
  const latest = bill.taken.findLast((taken) => taken.share.kind === 'equal')?.share;
  if (latest?.kind !== 'equal') return undefined;
  const { parts } = latest;
  const { partsLeft, leftMinor } = leftOfSplit(bill, parts);
  return { parts, partsLeft, leftMinor };
}

function leftOfSplit(bill: Bill, parts: number) {
  const same = bill.taken.filter((taken) => taken.share.kind === 'equal' && taken.share.parts === parts);
  const held = same.filter((taken) => !taken.paid);
  return {
    partsLeft: parts - same.length,
    leftMinor: bill.dueMinor - sum(held.map(amountOf)),
    isHeld: held.length > 0,
  };
}

type LineState = {
  readonly leftMinor: number;
  readonly taken: readonly { readonly parts: number | null; readonly paid: boolean }[];
};

/** What is left of every line, discounts of the whole bill spread over the lines by price. */
function lineStates(bill: Bill): ReadonlyMap<string, LineState> {
  const shares = allocate(
    bill.totalMinor,
    bill.lines.map((line) => line.priceMinor),
  );
  return new Map(
    bill.lines.map((line, index) => {
      const taken = bill.taken.flatMap((payment) =>
        payment.lineAmounts
          .filter((amount) => amount.lineId === line.lineId)
          .map((amount) => ({ ...amount, paid: payment.paid })),
      );
      const leftMinor = Math.max(0, (shares[index] ?? 0) - sum(taken.map(amountOf)));
      return [line.lineId, { leftMinor, taken }];
    }),
  );
}

export type LineTaken = {
  /** Somebody is at the checkout for it, or for a part of it; or what was taken of it is paid. */
  readonly state: 'being-paid' | 'paid';
  readonly leftMinor: number;
};

/** Of the lines that others have paid or are paying, in whole or in part, what is left. */
export function takenLines(bill: Bill): ReadonlyMap<string, LineTaken> {
  return new Map(
    [...lineStates(bill)]
      .filter(([, line]) => line.taken.length > 0)
      .map(([lineId, line]) => [
        lineId,
        {
          state: line.taken.some(({ paid }) => !paid) ? 'being-paid' : 'paid',
          leftMinor: isCovered(line) ? 0 : line.leftMinor,
        },
      ]),
  );
}

function wholeLine(line: LineState): number | ShareRefusal {
  if (line.taken.some((taken) => !taken.paid)) return 'share-being-paid';
  return isCovered(line) ? 'share-paid' : line.leftMinor;
}

function partOfLine(line: LineState, parts: number): number | ShareRefusal {
  const same = line.taken.filter((taken) => taken.parts === parts);
  const partsLeft = parts - same.length;
  if (isCovered(line) || partsLeft <= 0)
    return line.taken.some((taken) => !taken.paid) ? 'share-being-paid' : 'share-paid';
  return Math.ceil(line.leftMinor / partsLeft);
}

/** Somebody has taken all of it, or the last of its parts. */
function isCovered(line: LineState): boolean {
  return line.taken.some(
    ({ parts }) => parts === null || line.taken.filter((taken) => taken.parts === parts).length >= parts,
  );
}

function isClosedBy(line: LineState, amount: LineAmount | undefined): boolean {
  if (amount === undefined) return false;
  const { parts } = amount;
  return parts === null || line.taken.filter((taken) => taken.parts === parts).length + 1 >= parts;
}

/** Spreads an amount by weight, to the last cent: the largest remainders get the cents that rounding down left over. */
export function allocate(amountMinor: number, weights: readonly number[]): readonly number[] {
  const whole = BigInt(sum(weights.map((weight) => Math.max(0, weight))));
  if (whole === 0n) return weights.map((_, index) => (index === 0 ? amountMinor : 0));
  const exact = weights.map((weight) => BigInt(amountMinor) * BigInt(Math.max(0, weight)));
  const parts = exact.map((share) => Number(share / whole));
  const leftOver = amountMinor - sum(parts);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share % whole }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  for (const { index } of byRemainder.slice(0, leftOver)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}

function isParts(parts: number): boolean {
  return Number.isSafeInteger(parts) && parts >= 1 && parts <= partsMax;
}

function amountOf({ amountMinor }: { readonly amountMinor: number }): number {
  return amountMinor;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function refused(code: ShareRefusal): ShareResult {
  return { kind: 'refused', code };
}
