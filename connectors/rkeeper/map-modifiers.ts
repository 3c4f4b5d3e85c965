import type { Availability, Modifier, ModifierGroup } from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import { groupId, modifierId } from './ids.ts';
import type { menuReferences } from './references.ts';
import { isRefItem } from './settings.ts';
import type { RkeeperSettings } from './settings.ts';
import type { WireOrderMenu, WireRest, WireRow } from './wire-menu.ts';

type MenuRows = Readonly<Record<(typeof menuReferences)[number], readonly WireRow[]>>;

/** What GetOrderMenu, GetDishRests and GetModifierStopList said at one moment. */
export type OnSale = {
  readonly menu: WireOrderMenu;
  readonly rests: readonly WireRest[];
  readonly stoppedModifiers: ReadonlySet<number>;
};

/** Everything a menu is made from. */
export type MenuSource = {
  readonly rows: MenuRows;
  readonly onSale: OnSale;
  readonly settings: RkeeperSettings;
};

/** Units of one modifier on one dish when neither the modifier nor its group sets a bound. */
const modifierQuantityMax = 20;
const groupDepthMax = 10;

/** The groups of a modifier scheme in its order: one per scheme detail (dish → scheme → details → group → modifiers). */
export function groupsOfScheme(source: MenuSource, schemeIdent: number): readonly ModifierGroup[] {
  if (schemeIdent === 0) return [];
  return source.rows.ModiSchemeDetails.filter((detail) => numberIn(detail, 'ModiScheme') === schemeIdent)
    .toSorted(bySortNumber)
    .flatMap((detail) => groupOfDetail(source, detail) ?? []);
}

function groupOfDetail(source: MenuSource, detail: WireRow): ModifierGroup | undefined {
  const { rows, settings } = source;
  const group = rows.ModiGroups.find((row) => row.ident === numberIn(detail, 'ModiGroup'));
  if (group === undefined) return undefined;
  const modifiers = rows.Modifiers.toSorted(bySortNumber).filter(
    (row) => isInGroup(source, row.parent, group.ident) && !isNote(row, settings),
  );
  if (modifiers.length === 0) return undefined;
  const maxSelections = upperLimit(detail, settings);
  return {
    modifierGroupId: groupId(group.ident),
    name: group.name,
    minSelections: lowerLimit(detail),
    maxSelections,
    freeSelections: numberIn(detail, 'FreeCount'),
    modifiers: modifiers.map((row) => mapModifier(source, row, detail)),
  };
}

function mapModifier(source: MenuSource, row: WireRow, detail: WireRow): Modifier {
  const { settings, onSale } = source;
  const ownMax = numberIn(row, 'MaxOneDish');
  const isDefault = numberIn(detail, 'DefaultModifier') === row.ident;
  return {
    modifierId: modifierId(row.ident),
    name: row.name,
    price: money(onSale.menu.modifiers.get(row.ident)?.price ?? 0, settings.currency),
    maxQuantity: ownMax > 0 ? ownMax : (upperLimit(detail, settings) ?? modifierQuantityMax),
    default: isDefault,
    removable: isDefault && isRemovable(detail, settings),
    availability: modifierAvailability(onSale, row.ident),
  };
}

export function modifierAvailability(onSale: OnSale, ident: number): Availability {
  const offer = onSale.menu.modifiers.get(ident);
  if (offer === undefined || onSale.stoppedModifiers.has(ident)) return { state: 'sold-out' };
  return leftOf([offer.quantity]);
}

/** The smallest remainder of those given, in whole units; thousandths below one unit are as good as none. */
export function leftOf(quantities: readonly (number | undefined)[]): Availability {
  const known = quantities.filter((quantity) => quantity !== undefined);
  if (known.length === 0) return { state: 'available' };
  const remaining = Math.floor(Math.min(...known) / 1000);
  return remaining <= 0 ? { state: 'sold-out' } : { state: 'limited', remaining };
}

/** A mandatory single choice that the settings mark as the sizes or forms of a dish. */
export function isVariantGroup(source: MenuSource, group: ModifierGroup): boolean {
  return (
    group.minSelections === 1 &&
    group.maxSelections === 1 &&
    source.rows.ModiGroups.some(
      (row) =>
        groupId(row.ident) === group.modifierGroupId &&
        source.settings.variants.groups.some((marked) => isRefItem(marked, row)),
    )
  );
}

/** Groups are kept in folders of groups; a folder's modifiers are those of everything below it. */
function isInGroup(source: MenuSource, parent: number, groupIdent: number, depth = 0): boolean {
  if (parent === groupIdent) return true;
  const row = source.rows.ModiGroups.find((candidate) => candidate.ident === parent);
  return row !== undefined && depth < groupDepthMax && isInGroup(source, row.parent, groupIdent, depth + 1);
}

function isNote(row: WireRow, settings: RkeeperSettings): boolean {
  return settings.noteModifier !== undefined && isRefItem(settings.noteModifier, row);
}

/**
 * A default can be taken off when choosing another modifier of its group replaces it, or when a note can tell the kitchen:
 * the interface has no way to say "without" (Modi/@count is at least 1).
 */
function isRemovable(detail: WireRow, settings: RkeeperSettings): boolean {
  return (
    /^(?:1|true)$/i.test(detail.attributes['ReplaceDefModifier'] ?? '') || settings.noteModifier !== undefined
  );
}

function lowerLimit(detail: WireRow): number {
  return isOff(detail, 'UseDownLimit') ? 0 : numberIn(detail, 'DownLimit');
}

function upperLimit(detail: WireRow, settings: RkeeperSettings): number | null {
  const limit = isOff(detail, 'UseUpLimit') ? 0 : numberIn(detail, 'UpLimit');
  if (limit > 0) return limit;
  return settings.upLimitZero === 'one' ? 1 : null;
}

function isOff(row: WireRow, attribute: string): boolean {
  return /^(?:0|false)$/i.test(row.attributes[attribute] ?? '');
}

/** An attribute as a whole number; 0, the vendor's "none", when it is missing. */
export function numberIn(row: WireRow, attribute: string): number {
  const text = row.attributes[attribute] ?? '';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
}

export function bySortNumber(left: WireRow, right: WireRow): number {
  return numberIn(left, 'SortNum') - numberIn(right, 'SortNum');
}
