import { posError } from '#contract/errors.ts';
import type { PosError, PosErrorCode } from '#contract/errors.ts';
import type { ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import type { Rk7Error, Rk7Trouble } from './client.ts';
import type { RkeeperSettings } from './settings.ts';

/**
 * What a reply means for the command that got it. Every decision about an R-Keeper error is made in this file.
 *
 * `refused` a lasting no, `locked` open at a terminal, `not-applied` a no that passes: in all three this command changed
 * nothing. `unknown`: it may have.
 */
export type Failure = {
  readonly kind: 'refused' | 'locked' | 'not-applied' | 'unknown';
  readonly error: PosError;
  readonly answered: boolean;
  readonly heldBy?: string;
  /** The licence counter and ours differ: the command was not executed, and a right number would let it through. */
  readonly wrongSequence?: true;
};

type Rule = { readonly kind: Exclude<Failure['kind'], 'unknown' | 'locked'>; readonly code: PosErrorCode };

/** RK7ErrorN we know the meaning of. Lock codes are the location's settings; 2129 is a lock wherever it appears. */
const rules: Readonly<Record<number, Rule>> = {
  2102: { kind: 'not-applied', code: 'auth-failed' },
  2128: { kind: 'refused', code: 'order-closed' },
  2133: { kind: 'not-applied', code: 'shift-too-long' },
  2142: { kind: 'refused', code: 'card-refused' },
  2172: { kind: 'not-applied', code: 'pos-busy' },
  3373: { kind: 'refused', code: 'bill-changed' },
  3383: { kind: 'refused', code: 'not-possible' },
  3444: { kind: 'refused', code: 'not-possible' },
  3813: { kind: 'refused', code: 'card-refused' },
};
const visitLocked = 2129;
const sequenceCodes: readonly number[] = [5305, 5310];

/** Texts that stand without a number. The server writes English or Russian by its own setting. */
const textRules: readonly { readonly pattern: RegExp; readonly rule: Rule }[] = [
  {
    pattern: /(?:not found|не найден\S*).*(?:collection|коллекции)\s+"?Tables/i,
    rule: { kind: 'refused', code: 'table-unknown' },
  },
  {
    pattern: /(?:not found|не найден\S*).*(?:collection|коллекции)\s+"?(?:MenuItems|Modifiers)/i,
    rule: { kind: 'refused', code: 'item-unknown' },
  },
  {
    pattern:
      /(?:not found|не найден\S*).*(?:collection|коллекции)|unknown command|attribute .*not found|child element .*not found|bad integer attribute/i,
    rule: { kind: 'refused', code: 'bad-request' },
  },
  {
    pattern:
      /\b(?:order|visit)\b.*(?:not found|does not exist)|(?:заказ|визит)\S*\s.*не (?:найден|существует)|не найден\S*\s+(?:заказ|визит)/i,
    rule: { kind: 'refused', code: 'order-unknown' },
  },
  {
    pattern: /stop[- ]?list|sold out|not enough .*(?:rest|dish)|стоп-лист|остат(?:ок|ка|ков)/i,
    rule: { kind: 'refused', code: 'item-sold-out' },
  },
  { pattern: /licen[cs]e|лицензи/i, rule: { kind: 'refused', code: 'licence-refused' } },
];
const lockText = /another lock key|другим ключом блокировки/i;
const sequenceText = /seqnumber/i;

export function failureOf(trouble: Rk7Trouble, settings: RkeeperSettings): Failure {
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
      return failureOfStatus(trouble.status);
    case 'rejected':
      return failureOfRejection(trouble, settings);
  }
}

/** RK7 answers 200 whatever happened; another status comes from the HTTP server before it, or from a gateway. */
function failureOfStatus(status: number): Failure {
  if (status === 401 || status === 403) {
    return {
      kind: 'not-applied',
      error: posError('auth-failed', `HTTP ${status}`, String(status)),
      answered: true,
    };
  }
  const offline = status === 502 || status === 503 || status === 504;
  return {
    kind: 'unknown',
    error: posError(offline ? 'pos-offline' : 'bad-answer', `HTTP ${status}`, String(status)),
    answered: true,
  };
}

function failureOfRejection(
  rejection: Extract<Rk7Trouble, { kind: 'rejected' }>,
  settings: RkeeperSettings,
): Failure {
  // The command was carried out, or is being carried out; only its answer is missing.
  if (rejection.status === 'Result Writing Error' || rejection.status === 'Execution Started') {
    return { kind: 'unknown', error: posError('bad-answer', rejection.status), answered: true };
  }
  const known = failureOfErrors(rejection.errors, settings);
  if (known !== undefined) return known;
  const first = rejection.errors[0];
  const detail = [rejection.command, rejection.status, first?.text ?? '']
    .join(': ')
    .slice(0, detailLengthMax);
  const vendorCode = first?.code === null || first === undefined ? undefined : String(first.code);
  if (rejection.status === 'Query Parse Error' || rejection.status === 'Bad Query Parameters') {
    return { kind: 'refused', error: posError('bad-request', detail, vendorCode), answered: true };
  }
  // Without an Ok, an element named as faulty means that the request was judged and thrown out as a whole.
  if (rejection.errors.some((error) => error.faulty === true)) {
    return { kind: 'refused', error: posError('not-possible', detail, vendorCode), answered: true };
  }
  return { kind: 'unknown', error: posError('bad-answer', detail, vendorCode), answered: true };
}

/** Vendor texts in an operator's line are cut after this many characters. */
const detailLengthMax = 300;

/**
 * The meaning of a list of errors, or undefined when none of them is known. A lock decides wherever it stands: root,
 * CommandResult or nested.
 */
export function failureOfErrors(errors: readonly Rk7Error[], settings: RkeeperSettings): Failure | undefined {
  const lock = errors.find((error) => isLock(error, settings));
  if (lock !== undefined) {
    const heldBy = holderIn(lock.text);
    return {
      kind: 'locked',
      error: posError('order-locked', 'open at a terminal', String(lock.code ?? '')),
      answered: true,
      ...(heldBy === undefined ? {} : { heldBy }),
    };
  }
  if (errors.some((error) => isWrongSequence(error))) {
    return {
      kind: 'not-applied',
      error: posError('licence-refused', 'the licence counter is another than ours', '5305'),
      answered: true,
      wrongSequence: true,
    };
  }
  for (const error of errors) {
    const rule = ruleOf(error, settings);
    if (rule !== undefined) return failureByRule(rule, error);
  }
  return undefined;
}

function ruleOf(error: Rk7Error, settings: RkeeperSettings): Rule | undefined {
  if (error.code !== null) {
    if (settings.orderUnknownCodes.includes(error.code)) return { kind: 'refused', code: 'order-unknown' };
    const rule = rules[error.code];
    if (rule !== undefined) return rule;
  }
  return textRules.find(({ pattern }) => pattern.test(error.text))?.rule;
}

function failureByRule(rule: Rule, error: Rk7Error): Failure {
  // What a card system says may name the guest.
  const text = rule.code === 'card-refused' ? 'the card system said no' : error.text;
  return {
    kind: rule.kind,
    error: posError(
      rule.code,
      text.slice(0, detailLengthMax),
      error.code === null ? undefined : String(error.code),
    ),
    answered: true,
  };
}

function isLock(error: Rk7Error, settings: RkeeperSettings): boolean {
  if (error.code === null) return lockText.test(error.text);
  return error.code === visitLocked || settings.lockCodes.includes(error.code);
}

function isWrongSequence(error: Rk7Error): boolean {
  return error.code === null ? sequenceText.test(error.text) : sequenceCodes.includes(error.code);
}

/** The lock text names station and operator; the station is enough to know where to walk. */
function holderIn(text: string): string | undefined {
  return /(?:station|станция)\s+"?([^,"]{1,60})/i.exec(text)?.[1]?.trim();
}

/** The end of a read whose reply was no answer to it. */
export function readFailed(failure: Failure): Extract<ReadOutcome<never>, { kind: 'failed' }> {
  return { kind: 'failed', error: failure.error, answered: failure.answered };
}

/**
 * The outcome of a write that ended before the command that counts was sent. Whatever happened to an earlier command, the
 * guest's round, payment, message or card is certainly not in the POS.
 */
export function beforeTheWrite(failure: Failure): WriteOutcome<never> {
  if (failure.kind === 'unknown')
    return { kind: 'not-applied', error: failure.error, answered: failure.answered };
  return outcomeOf(failure);
}

/** The outcome of the command that counts: SaveOrder with the round, PayOrder, WaiterMessage, ApplyPersonalCard. */
export function outcomeOf(failure: Failure): WriteOutcome<never> {
  switch (failure.kind) {
    case 'refused':
      return { kind: 'refused', error: failure.error };
    case 'locked':
      return {
        kind: 'locked',
        error: failure.error,
        ...(failure.heldBy === undefined ? {} : { heldBy: failure.heldBy }),
      };
    case 'not-applied':
    case 'unknown':
      return { kind: failure.kind, error: failure.error, answered: failure.answered };
  }
}
