import type { XmlElement, XmlOut } from '#transport/xml.ts';

import type { Restaurant, World } from './state.ts';

/** One command as it is to be carried out. */
export type Call = {
  readonly world: World;
  readonly restaurant: Restaurant;
  readonly name: string;
  readonly command: XmlElement;
  /** Whose prices GetOrderMenu answers: those of all guests, or members'. */
  readonly level: 'list' | 'member';
  readonly nowMs: number;
};

export type Done = {
  readonly kind: 'done';
  readonly status: 'Ok' | 'No changes';
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly XmlOut[];
};

export type Failed = {
  readonly kind: 'failed';
  readonly status: 'Query Parse Error' | 'Bad Query Parameters' | 'Query Executing Error';
  readonly text: string;
  readonly code?: number;
  readonly children?: readonly XmlOut[];
  /** The order is held by somebody else. */
  readonly lock?: true;
};

export type Reply = Done | Failed;
export type Found<Value> = { readonly kind: 'found'; readonly value: Value } | Failed;

export function done(children: readonly XmlOut[] = [], attributes: Done['attributes'] = {}): Done {
  return { kind: 'done', status: 'Ok', attributes, children };
}

export function found<Value>(value: Value): Found<Value> {
  return { kind: 'found', value };
}

/** The query is wrong in form: something missing, misspelt or unknown. */
export function badParameters(text: string): Failed {
  return { kind: 'failed', status: 'Bad Query Parameters', text };
}

/** The query was understood, and the answer is no. Some answers have a number, others only words. */
export function refused(text: string, code?: number): Failed {
  return { kind: 'failed', status: 'Query Executing Error', text, ...(code === undefined ? {} : { code }) };
}

/** The vendor's numbers, as third parties have seen them. */
export const errorCodes = {
  visitClosed: 2128,
  visitLocked: 2129,
  shiftTooLong: 2133,
  cardLimit: 2142,
  shiftClosing: 2172,
  orderLocked: 2219,
  wrongSum: 3373,
  noGuests: 3444,
  cardSystem: 3813,
  sequence: 5305,
  sequenceBody: 5310,
} as const;

/** The schema demands a positive number of every nested error; where the real one is not public, this stands for it. */
export const unnamedError = 1;
