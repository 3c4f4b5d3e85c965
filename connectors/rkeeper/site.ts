import type { ConnectionMemory } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import { guidOfReference, makeReference } from '#domain/reference.ts';
import type { RandomBytes, Reference } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import type { XmlElement } from '#transport/xml.ts';
import type { Call, Rk7Client, Rk7Request } from './client.ts';
import type { Licence } from './licence.ts';
import { failureOf } from './map-error.ts';
import type { Failure } from './map-error.ts';
import { refAttributes } from './settings.ts';
import type { RkeeperSettings } from './settings.ts';
import type { References } from './references.ts';
import type { Read } from './wire.ts';
import type { WriteLine } from './write-line.ts';

/** Everything the operations of one location share. */
export type Site = {
  readonly settings: RkeeperSettings;
  readonly client: Rk7Client;
  /** The second XML interface whose menu prices are the loyalty prices. */
  readonly loyaltyClient: Rk7Client | null;
  readonly licence: Licence;
  readonly references: References;
  readonly writes: WriteLine;
  readonly restaurant: RestaurantCheck;
  readonly memory: ConnectionMemory;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
};

/**
 * Whether the restaurant behind the endpoint is known to be the configured one, and since which interruption; and which common shift
 * was open when it was asked last.
 */
type RestaurantCheck = { knownSince: number | null; shift: string | null };

export type Asked<Value> =
  { readonly kind: 'read'; readonly value: Value } | { readonly kind: 'failed'; readonly failure: Failure };

/** Sends a command and reads its answer; every way to not get one is a `Failure`. */
export async function ask<Value>(
  site: Site,
  request: Rk7Request,
  call: Call,
  read: (data: XmlElement) => Read<Value>,
): Promise<Asked<Value>> {
  const reply = await site.client.send(request, call);
  if (reply.kind !== 'ok') return { kind: 'failed', failure: failureOf(reply, site.settings) };
  return readOrFail(read(reply.data));
}

export function readOrFail<Value>(read: Read<Value>): Asked<Value> {
  return read.kind === 'read'
    ? read
    : {
        kind: 'failed',
        failure: { kind: 'unknown', error: posError('bad-answer', read.detail), answered: true },
      };
}

/** Our reference as R-Keeper writes GUIDs. */
export function bracedGuid(reference: Reference): string {
  return `{${guidOfReference(reference)}}`;
}

export function freshGuid(site: Site): string {
  return bracedGuid(makeReference(site.randomBytes));
}

export function orderTag(posRef: string): { name: 'Order'; attributes: { guid: string } } {
  return { name: 'Order', attributes: { guid: posRef } };
}

/** The configured station, employee or type as an element of a command. */
export function configured(
  site: Site,
  name: string,
  which: 'station' | 'cashier' | 'waiter' | 'orderType',
): { name: string; attributes: Readonly<Record<string, string>> } {
  return { name, attributes: refAttributes(site.settings[which]) };
}
