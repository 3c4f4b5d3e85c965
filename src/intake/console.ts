import type { IntakeName, IntakeProfile } from '#domain/intake.ts';
import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import { parseStore } from '#acceptance/store-definition.ts';
import { orderableMenu } from '#ordering/submit-round.ts';
import { listIntakeClients, registerIntakeClient, revokeIntakeClient } from '#store/intake-clients.ts';
import { findPostedAs, getIntakeOrder, listIntakeOrders } from '#store/intake-orders.ts';
import {
  getIntakeProfile,
  listIntakeNames,
  saveIntakeNames,
  saveIntakeProfile,
} from '#store/intake-profiles.ts';
import { getLocation } from '#store/locations.ts';
import { getCurrentMenu } from '#store/menus.ts';
import { listOrders as listOrderRows } from '#store/orders.ts';
import type { IntakeOrderRow, OrderRow } from '#store/schema.ts';
import { getTable } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import { makeCatalogue } from './catalogue.ts';
import type { IntakeDeps } from './deps.ts';

type Place = { readonly companyId: string; readonly locationId: string };

/** Undefined answers: there is no such location. */
export function listClients(deps: IntakeDeps, place: Place) {
  return deps.store.asCompany(place.companyId, async (tx) => {
    if ((await getLocation(tx, place)) === undefined) return undefined;
    return (await listIntakeClients(tx, place)).map((row) => ({
      clientId: row.client_id,
      locationId: row.location_id,
      name: row.name,
      username: row.username,
      createdAtMs: row.created_at_ms,
      revokedAtMs: row.revoked_at_ms,
    }));
  });
}

export function registerClient(deps: IntakeDeps, client: Place & { readonly name: string }) {
  return deps.store.asCompany(client.companyId, async (tx) => {
    if ((await getLocation(tx, client)) === undefined) return undefined;
    const clientId = makeReference(deps.randomBytes);
    const issued = await registerIntakeClient(tx, { ...client, clientId, nowMs: deps.clock.nowMs() });
    return { clientId, ...issued };
  });
}

export async function revokeClient(
  deps: IntakeDeps,
  client: { readonly companyId: string; readonly clientId: string },
): Promise<boolean> {
  const revoked = await deps.store.asCompany(client.companyId, (tx) =>
    revokeIntakeClient(tx, { ...client, nowMs: deps.clock.nowMs() }),
  );
  return revoked !== undefined;
}

/** `absent`: the location has none. */
export function getProfile(deps: IntakeDeps, place: Place): Promise<IntakeProfile | 'absent' | undefined> {
  return deps.store.asCompany(place.companyId, async (tx) => {
    if ((await getLocation(tx, place)) === undefined) return undefined;
    return (await getIntakeProfile(tx, place))?.profile ?? 'absent';
  });
}

export type FieldError = { readonly path: string; readonly code: string };
export type ProfileSaved =
  { readonly kind: 'saved' } | { readonly kind: 'bad'; readonly errors: readonly FieldError[] };

/** Saves a profile whose tables are there and whose store definition can be read. */
export function saveProfile(
  deps: IntakeDeps,
  place: Place,
  profile: IntakeProfile,
): Promise<ProfileSaved | undefined> {
  return deps.store.asCompany(place.companyId, async (tx) => {
    const location = await getLocation(tx, place);
    if (location === undefined) return undefined;
    const errors = [...(await wrongPlaces(tx, place, profile)), ...wrongStore(profile, location.currency)];
    if (errors.length > 0) return { kind: 'bad', errors };
    await saveIntakeProfile(tx, place, profile);
    return { kind: 'saved' };
  });
}

async function wrongPlaces(tx: Tx, place: Place, profile: IntakeProfile): Promise<readonly FieldError[]> {
  const errors: FieldError[] = [];
  for (const type of ['pickup', 'delivery'] as const) {
    const tableId = profile[type]?.tableId;
    if (tableId === undefined) continue;
    const table = await getTable(tx, place.companyId, tableId);
    if (table?.location_id !== place.locationId)
      errors.push({ path: `${type}.tableId`, code: 'table-unknown' });
  }
  return errors;
}

function wrongStore(profile: IntakeProfile, currency: string): readonly FieldError[] {
  if (profile.priceCheck === 'lines') return [];
  const parsed = parseStore(profile.store);
  if (parsed.kind === 'bad')
    return parsed.errors.map((error) => ({ path: `store.${error.path}`, code: error.detail }));
  return parsed.store.currency === currency
    ? []
    : [{ path: 'store.currency', code: 'not the currency of the location' }];
}

/** The words of the console, and everything that a third party may say as it stands now. */
export function getNames(deps: IntakeDeps, place: Place) {
  return deps.store.asCompany(place.companyId, async (tx) => {
    if ((await getLocation(tx, place)) === undefined) return undefined;
    const words = await listIntakeNames(tx, place);
    const current = await getCurrentMenu(tx, place);
    const catalogue = current === undefined ? undefined : makeCatalogue(orderableMenu(current), words);
    return {
      words,
      catalogue: [...(catalogue?.categories ?? [])].map(([category, { items }]) => ({
        category,
        items: [...items].map(([item, known]) => ({
          item,
          itemId: known.item.itemId,
          sizes: [...known.sizes].map(([name, variant]) => ({ name, variantId: variant?.variantId ?? null })),
          ingredients: [...known.ingredients].map(([name, { modifierId }]) => ({ name, modifierId })),
        })),
      })),
    };
  });
}

/** False: the location has no profile to keep words for. */
export function saveNames(deps: IntakeDeps, place: Place, words: readonly IntakeName[]): Promise<boolean> {
  return deps.store.asCompany(place.companyId, async (tx) => {
    if ((await getIntakeProfile(tx, place)) === undefined) return false;
    await saveIntakeNames(tx, place, words);
    return true;
  });
}

export function listOrders(
  deps: IntakeDeps,
  asked: {
    readonly companyId: string;
    readonly locationId: string | undefined;
    readonly state: IntakeOrderRow['state'] | undefined;
    readonly number: string | undefined;
  },
) {
  return deps.store.asCompany(asked.companyId, async (tx) =>
    viewOrders(tx, asked.companyId, await listIntakeOrders(tx, asked)),
  );
}

export function getPosted(
  deps: IntakeDeps,
  asked: { readonly companyId: string; readonly intakeId: string },
) {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const row = await getIntakeOrder(tx, asked.companyId, asked.intakeId);
    const [view] = row === undefined ? [] : await viewOrders(tx, asked.companyId, [row]);
    return row === undefined || view === undefined
      ? undefined
      : { ...view, posted: row.posted, answer: row.answer };
  });
}

/** What a third party posted as this order of ours; null: it is nobody's. */
export function getPostedAs(
  deps: IntakeDeps,
  asked: { readonly companyId: string; readonly orderId: string },
) {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const row = await findPostedAs(tx, asked.companyId, asked.orderId);
    const [view] = row === undefined ? [] : await viewOrders(tx, asked.companyId, [row]);
    return view ?? null;
  });
}

async function viewOrders(tx: Tx, companyId: string, rows: readonly IntakeOrderRow[]) {
  const ids = rows.flatMap((row) => row.order_id ?? []);
  const orders = new Map((await listOrderRows(tx, companyId, ids)).map((order) => [order.order_id, order]));
  return rows.map((row) => viewOrder(row, row.order_id === null ? undefined : orders.get(row.order_id)));
}

/** What was sent and what the POS charges stand side by side, never one for the other. Pure. */
function viewOrder(row: IntakeOrderRow, order: OrderRow | undefined) {
  const amount = (minor: number | null) => (minor === null ? null : money(minor, row.currency));
  const inPos = order?.snapshot?.total.amountMinor ?? row.promised_minor;
  return {
    intakeId: row.intake_id,
    locationId: row.location_id,
    clientId: row.client_id,
    orderNum: String(row.order_num),
    externalRef: row.external_ref,
    externalNumber: row.external_number,
    state: row.state,
    missing: row.missing,
    orderId: row.order_id,
    createdAtMs: row.created_at_ms,
    deferAtMs: row.defer_at_ms,
    sent: amount(row.sent_minor),
    inPos: amount(inPos),
    difference: amount(row.sent_minor === null || inPos === null ? null : row.sent_minor - inPos),
  };
}
