import { z } from 'zod';

import { minuteMs } from '#domain/time.ts';

/**
 * The list of faults a twin is under: what may be put on it, which one a connection or a request meets, and how a fault
 * with a count wears off. Pure; `exchange.ts` acts on what is decided here.
 *
 * A connection or a request meets at most one fault: the oldest that applies. Faults on connections (`offline`,
 * `refuse-connect`) are met before any request is read, so `match` cannot narrow them.
 */

export const faultKinds = [
  /** The wire listener is closed and open connections are reset, until removed. Never counts down. */
  'offline',
  /** The next connections are reset before TLS. */
  'refuse-connect',
  /** Read, not acted on, never answered; removing the fault resets who still waits. */
  'hang',
  /** Acts, answers after `ms`. */
  'slow',
  /** Acts, resets before the first answer byte. */
  'lose-answer',
  /** Resets at once, acts after `ms`. */
  'late-arrival',
  /** Answers HTTP 500, not acted on. */
  'http-500',
  /** Answers HTTP 409, 429 or 503 in the vendor's words, not acted on; the last two ask to wait `ms` (`Retry-After`). */
  'http-409',
  'http-429',
  'http-503',
  /** Acts, answers half a body and ends. */
  'bad-body',
  /** Forgets the dedupe key of the request, then acts as if nothing were wrong. */
  'expire-key',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const countMax = 1_000_000;
/** Longer than any deadline a caller has, short enough that a forgotten fault does not hold sockets for a night. */
const delayMsMax = 10 * minuteMs;
/** What `slow`, `late-arrival` and a `Retry-After` take when nobody says: noticeable to a person, inside every attempt deadline. */
const delayMsDefault = 5_000;
const matchCharsMax = 200;
export const faultsMax = 100;

/**
 * Body of `POST /_twin/faults`. A field that the kind has no use for is accepted and left out of the fault: the answer
 * shows the fault as it stands.
 */
export const faultInput = z.strictObject({
  kind: z.enum(faultKinds),
  /** How many connections or requests meet it; absent: until removed. */
  count: z.int().min(1).max(countMax).optional(),
  ms: z.int().min(0).max(delayMsMax).optional(),
  /** A command name exactly, or a part of the path. */
  match: z.string().min(1).max(matchCharsMax).optional(),
});
export type FaultInput = z.infer<typeof faultInput>;

type Counted = { readonly faultId: number; readonly count?: number };
export type ConnectionFault = Counted & { readonly kind: 'offline' | 'refuse-connect' };
export type RequestFault = Counted & { readonly match?: string } & (
    | { readonly kind: 'slow' | 'late-arrival' | 'http-429' | 'http-503'; readonly ms: number }
    | { readonly kind: 'hang' | 'lose-answer' | 'http-500' | 'http-409' | 'bad-body' | 'expire-key' }
  );
export type Fault = ConnectionFault | RequestFault;

export type FaultList = {
  /** Oldest first. */
  readonly faults: readonly Fault[];
  readonly lastFaultId: number;
};

export const noFaults: FaultList = { faults: [], lastFaultId: 0 };

/** The list with one fault more, or `full` at `faultsMax`. */
export function addFault(
  list: FaultList,
  input: FaultInput,
): { readonly kind: 'added'; readonly list: FaultList; readonly fault: Fault } | { readonly kind: 'full' } {
  if (list.faults.length >= faultsMax) return { kind: 'full' };
  const faultId = list.lastFaultId + 1;
  const fault = makeFault(faultId, input);
  return { kind: 'added', list: { faults: [...list.faults, fault], lastFaultId: faultId }, fault };
}

/** The list without the faults of one kind, or without any. */
export function removeFaults(list: FaultList, kind?: FaultKind): FaultList {
  return { ...list, faults: kind === undefined ? [] : list.faults.filter((fault) => fault.kind !== kind) };
}

export function isOffline(list: FaultList): boolean {
  return list.faults.some((fault) => fault.kind === 'offline');
}

export type Taken<F extends Fault> = { readonly list: FaultList; readonly fault: F | undefined };

/** What a new connection meets. `offline` goes first: behind a closed listener nothing else can be met. */
export function takeConnectionFault(list: FaultList): Taken<ConnectionFault> {
  const connectionFaults = list.faults.filter(isConnectionFault);
  const fault = connectionFaults.find(({ kind }) => kind === 'offline') ?? connectionFaults[0];
  return { list: countDown(list, fault), fault };
}

/** What a request meets, by its path and the names the world found in it. */
export function takeRequestFault(
  list: FaultList,
  path: string,
  names: readonly string[],
): Taken<RequestFault> {
  const fault = list.faults
    .filter(isRequestFault)
    .find(({ match }) => match === undefined || names.includes(match) || path.includes(match));
  return { list: countDown(list, fault), fault };
}

function countDown(list: FaultList, met: Fault | undefined): FaultList {
  if (met?.count === undefined) return list;
  const left = met.count - 1;
  return {
    ...list,
    faults: list.faults.flatMap((fault) => {
      if (fault.faultId !== met.faultId) return [fault];
      return left === 0 ? [] : [{ ...fault, count: left }];
    }),
  };
}

function makeFault(faultId: number, input: FaultInput): Fault {
  const count = input.count === undefined ? {} : { count: input.count };
  const match = input.match === undefined ? {} : { match: input.match };
  switch (input.kind) {
    case 'offline':
      return { faultId, kind: input.kind };
    case 'refuse-connect':
      return { faultId, kind: input.kind, ...count };
    case 'slow':
    case 'late-arrival':
    case 'http-429':
    case 'http-503':
      return { faultId, kind: input.kind, ...count, ms: input.ms ?? delayMsDefault, ...match };
    case 'hang':
    case 'lose-answer':
    case 'http-500':
    case 'http-409':
    case 'bad-body':
    case 'expire-key':
      return { faultId, kind: input.kind, ...count, ...match };
  }
}

function isConnectionFault(fault: Fault): fault is ConnectionFault {
  return fault.kind === 'offline' || fault.kind === 'refuse-connect';
}

function isRequestFault(fault: Fault): fault is RequestFault {
  return !isConnectionFault(fault);
}
