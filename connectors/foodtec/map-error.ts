import type { AcceptanceCode } from '#acceptance/codes.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import type { FoodtecTrouble } from './client.ts';

/**
 * What an answer means for the order that got it. Every decision about a FoodTec error is made in this file.
 *
 * A 400 is an answer of the store that it did not make the order, so none of these is `unknown`. `refused`: it never will.
 * `not-applied`: it may later.
 */
type Rule = { readonly kind: 'refused' | 'not-applied'; readonly code: PosErrorCode };

const ours: Rule = { kind: 'refused', code: 'bad-request' };
const unknownItem: Rule = { kind: 'refused', code: 'item-unknown' };
const soldOut: Rule = { kind: 'refused', code: 'item-sold-out' };
const otherPrice: Rule = { kind: 'refused', code: 'price-changed' };
const impossible: Rule = { kind: 'refused', code: 'not-possible' };
const storeFailed: Rule = { kind: 'not-applied', code: 'pos-busy' };

/** 1003 is not here: the store has the order. */
const rules: Readonly<Record<Exclude<AcceptanceCode, 1003>, Rule>> = {
  1000: ours,
  1001: { kind: 'not-applied', code: 'licence-refused' },
  1002: ours,
  1004: ours,
  1005: { kind: 'refused', code: 'order-unknown' },
  1007: ours,
  1010: storeFailed,
  1011: storeFailed,
  1012: storeFailed,
  1020: storeFailed,
  1021: storeFailed,
  1022: storeFailed,
  1050: impossible,
  1100: ours,
  1101: ours,
  1102: unknownItem,
  1110: ours,
  1111: unknownItem,
  1120: ours,
  1121: unknownItem,
  1122: soldOut,
  1123: soldOut,
  1124: ours,
  1125: ours,
  1130: unknownItem,
  1131: unknownItem,
  1140: ours,
  1141: unknownItem,
  1150: ours,
  1151: unknownItem,
  1152: ours,
  1153: ours,
  1154: ours,
  1155: ours,
  1156: ours,
  1157: ours,
  1158: impossible,
  1159: impossible,
  1190: ours,
  1191: ours,
  1192: ours,
  1200: ours,
  1210: ours,
  1220: ours,
  1221: ours,
  1300: ours,
  1301: ours,
  1303: ours,
  1304: ours,
  1305: ours,
  1400: impossible,
  1401: impossible,
  1402: { kind: 'not-applied', code: 'store-closed' },
  1410: impossible,
  1411: impossible,
  1420: impossible,
  1506: ours,
  1507: ours,
  1508: ours,
  1509: ours,
  1510: ours,
  1511: otherPrice,
  1512: ours,
  1513: ours,
  1514: ours,
  1515: ours,
  1560: otherPrice,
  1561: otherPrice,
  1562: otherPrice,
  1563: otherPrice,
  1600: impossible,
  1601: impossible,
  1602: impossible,
  1603: impossible,
  1604: impossible,
  1605: impossible,
  1606: impossible,
  1607: impossible,
};

/** The store has an open order under this reference. */
export const alreadyThere = 1003;

/** Vendor texts in an operator's line are cut after this many characters. */
const detailLengthMax = 300;
/** Texts of these codes repeat what a customer typed. */
const personalCodes = (code: number) => code >= 1200 && code < 1400;

export function outcomeOf(
  trouble: FoodtecTrouble,
): Exclude<WriteOutcome<never>, { kind: 'applied' | 'locked' }> {
  switch (trouble.kind) {
    case 'no-answer':
      return {
        kind: trouble.sent === 'never' ? 'not-applied' : 'unknown',
        error: posError('pos-offline', `no answer: ${trouble.reason}`),
        answered: trouble.answerBytes,
      };
    case 'unreadable':
      return { kind: 'unknown', error: posError('bad-answer', trouble.detail), answered: true };
    case 'http':
      return outcomeOfStatus(trouble.status);
    case 'rejected':
      return outcomeOfCode(trouble.code, trouble.text);
  }
}

function outcomeOfStatus(status: number): ReturnType<typeof outcomeOf> {
  const vendorCode = String(status);
  if (status === 401 || status === 403) {
    return {
      kind: 'not-applied',
      error: posError('auth-failed', `HTTP ${status}`, vendorCode),
      answered: true,
    };
  }
  const offline = status === 502 || status === 503 || status === 504;
  const error = posError(offline ? 'pos-offline' : 'bad-answer', `HTTP ${status}`, vendorCode);
  return { kind: 'unknown', error, answered: true };
}

function outcomeOfCode(code: number, text: string): ReturnType<typeof outcomeOf> {
  const rule = Object.hasOwn(rules, code) ? rules[code as keyof typeof rules] : undefined;
  const detail = personalCodes(code) ? `code ${code}` : text.slice(0, detailLengthMax);
  if (rule === undefined) {
    return { kind: 'unknown', error: posError('bad-answer', detail, String(code)), answered: true };
  }
  const error = posError(rule.code, detail, String(code));
  return rule.kind === 'refused'
    ? { kind: 'refused', error }
    : { kind: 'not-applied', error, answered: true };
}

/** The end of a read whose reply was no answer to it. */
export function readFailed(trouble: FoodtecTrouble): Extract<ReadOutcome<never>, { kind: 'failed' }> {
  const outcome = outcomeOf(trouble);
  return {
    kind: 'failed',
    error: outcome.error,
    answered: outcome.kind === 'refused' || outcome.answered,
  };
}
