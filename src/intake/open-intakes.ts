import { slotOf } from '#acceptance/opening-hours.ts';
import type { StoreRules } from '#acceptance/rules.ts';
import { parseStore } from '#acceptance/store-definition.ts';
import { makeStoreRules } from '#acceptance/store-rules.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { IntakeProfile } from '#domain/intake.ts';
import type { Currency } from '#domain/money.ts';
import { dayMs } from '#domain/time.ts';
import { orderableMenu } from '#ordering/submit-round.ts';
import { countIntake } from '#store/intake-orders.ts';
import {
  getIntakeProfile,
  getIntakeState,
  listIntakeNames,
  lockIntakeProfile,
} from '#store/intake-profiles.ts';
import type { PostedRef } from '#store/intake-profiles.ts';
import { getCurrentMenu } from '#store/menus.ts';
import type { DiningTableRow } from '#store/schema.ts';
import { getTable } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import { makeCatalogue } from './catalogue.ts';
import { makeJoinedRules, makeLineRules } from './intake-rules.ts';
import type { Intake } from './judge-order.ts';

/** Locations whose rules a process keeps ready; the one used longest ago makes way. */
const keptMax = 2_000;

type Place = { readonly companyId: string; readonly locationId: string };

/** What a store definition counts. */
type Counts = { readonly deferredAtMs: readonly number[]; readonly redemptions: ReadonlyMap<string, number> };

type Kept = {
  readonly versions: string;
  readonly intake: Omit<Intake, 'pos'>;
  readonly tables: OpenIntake['tables'];
  /** Present where a store definition counts orders and coupons. The next check, which runs through without a pause, asks it. */
  readonly count: ((counts: Counts) => void) | undefined;
};

export type OpenIntake = {
  readonly intake: Intake;
  /** The profile's tables by id: what the POS knows them by never changes, so they are kept with the profile. */
  readonly tables: ReadonlyMap<string, DiningTableRow>;
  readonly currency: Currency;
  readonly freshnessLimitMs: number | null;
  /** Why the location takes nothing now; undefined: it does. */
  readonly closed: string | undefined;
  /** The number of this post's order; null when there is no post, or its reference is still taken. */
  readonly orderNum: number | null;
};

/** What a post wants of the things that a store definition counts. */
export type Wanted = {
  readonly deferAtMs: number | undefined;
  readonly coupons: readonly string[];
  /** The order that wants it again, at its release. */
  readonly intakeId?: string;
};

/**
 * The rules of every location this process takes orders for, made once and again when its menu, what is sold out there, its
 * profile or a word of it changed.
 */
export type OpenIntakes = {
  /** Undefined: the location takes no orders of third parties, or its menu was not read yet. */
  open(
    tx: Tx,
    place: Place,
    post: {
      readonly capabilities: Capabilities | undefined;
      readonly wanted: Wanted;
      readonly ref?: PostedRef;
    },
  ): Promise<OpenIntake | undefined>;
};

export function makeOpenIntakes(): OpenIntakes {
  const kept = new Map<string, Kept>();
  return {
    async open(tx, place, { capabilities, wanted, ref }) {
      const state = await getIntakeState(tx, place, ref);
      if (state === undefined || state.menu_version === null) return undefined;
      const key = `${place.companyId} ${place.locationId}`;
      const versions = `${state.menu_version} ${state.content_hash ?? ''} ${state.revision}`;
      const known = kept.get(key);
      const current = known?.versions === versions ? known : await readIntake(tx, place, versions);
      if (current === undefined) return undefined;
      kept.delete(key);
      kept.set(key, current);
      for (const oldest of kept.keys()) {
        if (kept.size <= keptMax) break;
        kept.delete(oldest);
      }
      if (current.count !== undefined) current.count(await countFor(tx, place, wanted));
      return {
        intake: {
          ...current.intake,
          pos: {
            lineNotes: capabilities?.lineNotes === true,
            portions: capabilities?.portions === true,
          },
        },
        tables: current.tables,
        currency: state.currency,
        freshnessLimitMs: state.freshness_limit_ms,
        closed: state.state === 'online' ? undefined : (state.reason ?? 'read-only'),
        orderNum: state.order_num,
      };
    },
  };
}

async function readIntake(tx: Tx, place: Place, versions: string): Promise<Kept | undefined> {
  const stored = await getIntakeProfile(tx, place);
  const current = await getCurrentMenu(tx, place);
  if (stored === undefined || current === undefined) return undefined;
  const { profile } = stored;
  const tables = await readTables(tx, place, profile);
  const catalogue = makeCatalogue(orderableMenu(current), await listIntakeNames(tx, place));
  if (profile.priceCheck === 'lines')
    return {
      versions,
      intake: { profile, catalogue, rules: makeLineRules(catalogue, profile) },
      tables,
      count: undefined,
    };
  const priced = storeRulesOf(profile.store);
  return priced === undefined
    ? undefined
    : {
        versions,
        intake: { profile, catalogue, rules: makeJoinedRules(catalogue, profile, priced.rules) },
        tables,
        count: priced.count,
      };
}

async function readTables(
  tx: Tx,
  place: Place,
  profile: IntakeProfile,
): Promise<ReadonlyMap<string, DiningTableRow>> {
  const tables = new Map<string, DiningTableRow>();
  for (const tableId of [profile.pickup?.tableId, profile.delivery?.tableId]) {
    const table = tableId === undefined ? undefined : await getTable(tx, place.companyId, tableId);
    if (table?.location_id === place.locationId) tables.set(table.table_id, table);
  }
  return tables;
}

/** A definition is checked when the profile is saved; one that can no longer be read takes no orders. */
function storeRulesOf(
  definition: unknown,
): { readonly rules: StoreRules; readonly count: (counts: Counts) => void } | undefined {
  const parsed = parseStore(definition);
  if (parsed.kind === 'bad') return undefined;
  const { store } = parsed;
  let counts: Counts = { deferredAtMs: [], redemptions: new Map() };
  return {
    rules: makeStoreRules(store, {
      hasFault: () => false,
      // What is left is the POS's to say: the menu's availability holds it.
      left: () => null,
      ordersInSlot: (slotMs) =>
        counts.deferredAtMs.filter((deferAtMs) => slotOf(store, deferAtMs) === slotMs).length,
      redemptions: (code) => counts.redemptions.get(code) ?? 0,
    }),
    count: (next) => {
      counts = next;
    },
  };
}

/** Asked only when there is something to count; then posts of the location come one after the other. */
async function countFor(tx: Tx, place: Place, { deferAtMs, coupons, intakeId }: Wanted): Promise<Counts> {
  if (deferAtMs === undefined && coupons.length === 0) return { deferredAtMs: [], redemptions: new Map() };
  await lockIntakeProfile(tx, place);
  const aroundMs = deferAtMs ?? 0;
  return countIntake(tx, {
    ...place,
    fromMs: aroundMs - dayMs,
    untilMs: aroundMs + dayMs,
    coupons,
    exceptIntakeId: intakeId ?? '',
  });
}
