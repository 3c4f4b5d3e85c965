import { z } from 'zod';
import { posError } from '#contract/errors.ts';
import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosStatus } from '#contract/snapshot.ts';
import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import type { Call } from './client.ts';
import { readFailed } from './map-error.ts';
import type { Failure } from './map-error.ts';
import { ask } from './site.ts';
import type { Asked, Site } from './site.ts';
import { readAttributes } from './wire.ts';
import type { Read } from './wire.ts';

/** The common shift in which CreateOrder was refused because the shift is open too long (2133). */
const tooLongKey = 'shift-too-long';

/** GetRestaurantStatus: does the POS answer, and is it the configured restaurant? */
export async function getRestaurantStatus(site: Site, signal: AbortSignal): Promise<ReadOutcome<PosStatus>> {
  const asked = await readIdentity(site, { operation: 'GetRestaurantStatus', signal });
  if (asked.kind === 'failed') return readFailed(asked.failure);
  const info = asked.value;
  // GetSystemInfo2 does not say it; the POS says it only to whoever creates an order, and until a new shift is opened.
  const tooLong = (await site.memory.get(tooLongKey)) === info.shift;
  return {
    kind: 'read',
    value: {
      posRestaurant: info.restCode === '' ? info.restaurant.id : info.restCode,
      ...(tooLong
        ? {
            closedFor: {
              code: 'shift-too-long',
              detail: 'The POS takes no new orders until the common shift is closed and a new one opened.',
            },
          }
        : {}),
    },
  };
}

/**
 * Makes sure that the restaurant at the endpoint is the configured one before something is written to it: once per connection
 * and again after every call that got no answer, since the next answer may come from elsewhere. Undefined when it is.
 */
export async function checkRestaurant(site: Site, call: Call): Promise<Failure | undefined> {
  if (site.restaurant.knownSince === site.client.interruptions()) return undefined;
  const asked = await readIdentity(site, call);
  return asked.kind === 'failed' ? asked.failure : undefined;
}

/**
 * Remembers the shift that is open too long, so that the next status check says so. Staff may open a new one between the refusal and
 * this question: only a shift that was open before the refusal is taken for the one that was refused, or the new one would keep the
 * location closed until the next. When in doubt, the next refusal tells.
 */
export async function noteShiftTooLong(site: Site, call: Call): Promise<void> {
  const openBefore = site.restaurant.shift;
  const asked = await readIdentity(site, call);
  if (asked.kind === 'read' && asked.value.shift === openBefore)
    await site.memory.put(tooLongKey, openBefore);
}

async function readIdentity(site: Site, call: Call): Promise<Asked<SystemInfo>> {
  const before = site.client.interruptions();
  const asked = await ask(site, { command: 'GetSystemInfo2' }, call, readSystemInfo);
  if (asked.kind === 'failed') return asked;
  const { restCode, restaurant } = asked.value;
  const wanted = site.settings.restaurantId;
  // The code of the restaurant item is left out on purpose: it is `1` at half of all venues.
  const names = [restCode, restaurant.id, restaurant.guid].filter((name) => name !== '');
  if (!names.some((name) => name.toUpperCase() === wanted.toUpperCase())) {
    site.restaurant.knownSince = null;
    return {
      kind: 'failed',
      failure: {
        kind: 'not-applied',
        error: posError('wrong-restaurant', `configured ${wanted}, answering ${names.join(' / ')}`),
        answered: true,
      },
    };
  }
  site.restaurant.knownSince = before;
  site.restaurant.shift = asked.value.shift;
  return asked;
}

const systemAttributes = z.object({ RestCode: z.string().default('') });
type SystemInfo = {
  readonly restCode: string;
  readonly restaurant: { readonly id: string; readonly guid: string; readonly name: string };
  /** Names the common shift: another one has begun when it changes. */
  readonly shift: string;
};

function readSystemInfo(data: XmlElement): Read<SystemInfo> {
  const info = childNamed(data, 'SystemInfo') ?? data;
  const attributes = readAttributes(info, systemAttributes);
  if (attributes.kind === 'bad') return attributes;
  const restaurant = childNamed(info, 'Restaurant')?.attributes ?? {};
  const shift = childNamed(info, 'CommonShift')?.attributes ?? {};
  return {
    kind: 'read',
    value: {
      restCode: attributes.value.RestCode,
      restaurant: {
        id: restaurant['id'] ?? '',
        guid: restaurant['guid'] ?? '',
        name: restaurant['name'] ?? '',
      },
      shift: `${shift['ShiftDate'] ?? ''}/${shift['ShiftNum'] ?? ''}/${shift['ShiftStartTime'] ?? ''}`,
    },
  };
}
