import { chargeModis, detailsOf, isInGroup } from './pricing.ts';
import type { Dish, Modifier, RestaurantSeed } from './seed.ts';
import type { Line, Modi, Restaurant, World } from './state.ts';

/** A line as somebody wants it, over the interface or at the till. */
export type WantedLine = {
  readonly dish: Dish;
  /** Thousandths. */
  readonly quantity: number;
  /** Hundredths; only an open-priced dish takes it. */
  readonly price?: number;
  readonly modis: readonly WantedModi[];
  readonly guid?: string;
  readonly seat: number;
};
export type WantedModi = {
  readonly modifier: Modifier;
  readonly count: number;
  readonly openName: string | null;
};

export type LineDraft = Pick<Line, 'dish' | 'quantity' | 'unitPrice' | 'modis' | 'seat'> & {
  readonly guid?: string;
};
export type Judged =
  { readonly kind: 'good'; readonly draft: LineDraft } | { readonly kind: 'faulty'; readonly text: string };

/** What lines judged before in the same package will take off the rests: by ident, thousandths or units. */
export type Taken = { readonly dishes: Map<number, number>; readonly modifiers: Map<number, number> };

/** Whether a line can be sold as it is wanted; priced from the list, with the defaults of its scheme added. */
export function judgeLine(restaurant: Restaurant, wanted: WantedLine, taken: Taken): Judged {
  const { seed } = restaurant;
  const { dish } = wanted;
  if (wanted.quantity <= 0) return faulty(`Quantity of "${dish.name}" must be positive`);
  if (dish.openPrice && (wanted.price === undefined || wanted.price <= 0)) {
    return faulty(`Price of "${dish.name}" must be given`);
  }
  const chosen = withDefaults(seed, dish, wanted.modis);
  const complaint =
    checkModis(seed, dish, chosen) ?? takeRests(restaurant, { ...wanted, modis: chosen }, taken);
  if (complaint !== undefined) return faulty(complaint);
  return {
    kind: 'good',
    draft: {
      dish,
      quantity: wanted.quantity,
      // A price is only listened to where there is none in the list.
      unitPrice: dish.openPrice ? (wanted.price ?? 0) : dish.priceMinor,
      modis: chargeModis(seed, dish, chosen),
      seat: wanted.seat,
      ...(wanted.guid === undefined ? {} : { guid: wanted.guid }),
    },
  };
}

/**
 * Defaults come by themselves: where nothing of the group was chosen, and, unless any choice replaces it, beside what was
 * chosen.
 */
function withDefaults(seed: RestaurantSeed, dish: Dish, modis: readonly WantedModi[]): readonly WantedModi[] {
  const added = detailsOf(seed, dish).flatMap((detail) => {
    const ofGroup = modis.filter((modi) => isInGroup(seed, modi.modifier, detail.group));
    const modifier = seed.modifiers.find((candidate) => candidate.ident === detail.defaultModifier);
    const there = ofGroup.some((modi) => modi.modifier === modifier);
    if (modifier === undefined || there || (ofGroup.length > 0 && detail.replacesDefault)) return [];
    return [{ modifier, count: 1, openName: null }];
  });
  return [...modis, ...added];
}

function checkModis(seed: RestaurantSeed, dish: Dish, modis: readonly WantedModi[]): string | undefined {
  const details = detailsOf(seed, dish);
  for (const { modifier, count, openName } of modis) {
    const common = seed.groups.find((group) => group.ident === modifier.group)?.common === true;
    if (!common && !details.some((detail) => isInGroup(seed, modifier, detail.group))) {
      return `Modifier "${modifier.name}" does not go with "${dish.name}"`;
    }
    if (count < 1) return `Count of modifier "${modifier.name}" must be positive`;
    if (openName !== null && !modifier.openName) return `Modifier "${modifier.name}" has no open name`;
    const total = sumCounts(modis.filter((modi) => modi.modifier === modifier));
    if (modifier.max > 0 && total > modifier.max) {
      return `Modifier "${modifier.name}": ${total} given, at most ${modifier.max} on one dish`;
    }
  }
  for (const detail of details) {
    const total = sumCounts(modis.filter((modi) => isInGroup(seed, modi.modifier, detail.group)));
    if (total < detail.min)
      return `Modifiers "${detail.name}": ${total} given, at least ${detail.min} needed`;
    if (detail.max > 0 && total > detail.max) {
      return `Modifiers "${detail.name}": ${total} given, at most ${detail.max} allowed`;
    }
  }
  return undefined;
}

/** Checks the stop list, and remembers in `taken` what this line would use up. */
function takeRests(restaurant: Restaurant, wanted: WantedLine, taken: Taken): string | undefined {
  const { dish, quantity } = wanted;
  const left = restaurant.dishRests.get(dish.ident);
  const before = taken.dishes.get(dish.ident) ?? 0;
  if (left !== undefined && left < before + quantity) {
    return left <= 0
      ? `Dish "${dish.name}" is on the stop list`
      : `Not enough of dish "${dish.name}" on the stop list: ${left / 1000} left`;
  }
  taken.dishes.set(dish.ident, before + quantity);
  for (const { modifier, count } of wanted.modis) {
    const units = restaurant.modifierRests.get(modifier.ident);
    const already = taken.modifiers.get(modifier.ident) ?? 0;
    const wantedUnits = Math.ceil((count * quantity) / 1000);
    if (units !== undefined && units < already + wantedUnits) {
      return `Modifier "${modifier.name}" is on the stop list`;
    }
    taken.modifiers.set(modifier.ident, already + wantedUnits);
  }
  return undefined;
}

/** The rests shrink by what was sold. */
export function useRests(restaurant: Restaurant, lines: readonly LineDraft[]): void {
  for (const line of lines) {
    const left = restaurant.dishRests.get(line.dish.ident);
    if (left !== undefined) restaurant.dishRests.set(line.dish.ident, Math.max(left - line.quantity, 0));
    for (const { modifier, count } of line.modis) {
      const units = restaurant.modifierRests.get(modifier.ident);
      if (units === undefined) continue;
      const used = Math.ceil((count * line.quantity) / 1000);
      restaurant.modifierRests.set(modifier.ident, Math.max(units - used, 0));
    }
  }
}

/** Lasting wrong behaviour that sits in how lines are written down. Only what comes over the interface suffers. */
export function spoil(world: World, draft: LineDraft): LineDraft {
  const dropped: readonly Modi[] = world.defects.has('modifier-dropped')
    ? draft.modis.slice(0, -1)
    : draft.modis;
  const wholeUnits = 100;
  const unitPrice = world.defects.has('price-rounded')
    ? Math.round(draft.unitPrice / wholeUnits) * wholeUnits
    : draft.unitPrice;
  return { ...draft, modis: dropped, unitPrice };
}

function sumCounts(modis: readonly WantedModi[]): number {
  return modis.reduce((sum, modi) => sum + modi.count, 0);
}

function faulty(text: string): Judged {
  return { kind: 'faulty', text };
}
