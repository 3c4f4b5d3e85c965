import type { IntakeName } from '#domain/intake.ts';
import { findItem } from '#domain/menu.ts';
import type { Menu, MenuItem, Modifier, ModifierGroup, Variant } from '#domain/menu.ts';

/** What a third party calls the only size of an item that has none. */
const onlySize = 'Regular';

/** What a qualifier makes of its ingredient: so many units of it, a modifier in its place, or one that is chosen with it. */
export type Qualified =
  | { readonly kind: 'units'; readonly units: number }
  | { readonly kind: 'modifier'; readonly modifier: Modifier }
  | { readonly kind: 'with'; readonly modifier: Modifier };

/** One item of ours, by the names a third party may use for what belongs to it. */
export type CatalogueItem = {
  readonly item: MenuItem;
  /** Null: the item as it is. */
  readonly sizes: ReadonlyMap<string, Variant | null>;
  readonly ingredients: ReadonlyMap<string, Modifier>;
  /** Modifier groups with the names of what is chosen from them. */
  readonly groups: readonly { readonly group: ModifierGroup; readonly names: ReadonlySet<string> }[];
  qualified(qualifier: string, ingredient: string): Qualified | undefined;
};

export type CatalogueCategory = { readonly items: ReadonlyMap<string, CatalogueItem> };

/** A location's menu by names: its own, exactly as they stand, and the words that the console adds to them. */
export type Catalogue = {
  readonly menu: Menu;
  readonly categories: ReadonlyMap<string, CatalogueCategory>;
};

/**
 * Makes it once for a menu and a list of words. A word wins over the menu's own name; one that points to what is no longer on the
 * menu stands for nothing.
 */
export function makeCatalogue(menu: Menu, words: readonly IntakeName[]): Catalogue {
  const known = new Map<string, CatalogueItem>();
  const itemOf = (item: MenuItem): CatalogueItem => {
    const made = known.get(item.itemId) ?? makeItem(item, words);
    known.set(item.itemId, made);
    return made;
  };
  const categories = new Map<string, CatalogueCategory>();
  const byId = new Map<string, CatalogueCategory>();
  for (const { categoryId, name, items } of menu.categories) {
    const category = {
      items: new Map([
        ...firstOfName(items.map((item) => [item.name, itemOf(item)] as const)),
        ...wordsFor(words, 'item', [categoryId]).flatMap((word) => {
          const item = findItem(menu, word.targetId ?? '');
          return item === undefined ? [] : [[word.name, itemOf(item)] as const];
        }),
      ]),
    };
    byId.set(categoryId, category);
    if (!categories.has(name)) categories.set(name, category);
  }
  for (const word of wordsFor(words, 'category', [])) {
    const category = byId.get(word.targetId ?? '');
    if (category !== undefined) categories.set(word.name, category);
  }
  return { menu, categories };
}

function makeItem(item: MenuItem, words: readonly IntakeName[]): CatalogueItem {
  const modifiers = new Map(
    item.modifierGroups.flatMap((group) => group.modifiers.map((entry) => [entry.modifierId, entry])),
  );
  const ingredients = new Map([
    ...firstOfName([...modifiers.values()].map((modifier) => [modifier.name, modifier] as const)),
    ...wordsFor(words, 'ingredient', [item.itemId]).flatMap((word) => {
      const modifier = modifiers.get(word.targetId ?? '');
      return modifier === undefined ? [] : [[word.name, modifier] as const];
    }),
  ]);
  return {
    item,
    sizes: sizesOf(item, words),
    ingredients,
    groups: item.modifierGroups.map((group) => ({
      group,
      names: new Set(
        [...ingredients].flatMap(([name, modifier]) => (group.modifiers.includes(modifier) ? [name] : [])),
      ),
    })),
    qualified(qualifier, ingredient) {
      const named = ingredients.get(ingredient);
      const within = [item.itemId, named?.modifierId ?? ''];
      const word = wordsFor(words, 'qualifier', within).findLast((entry) => entry.name === qualifier);
      if (word?.units !== null && word?.units !== undefined) return { kind: 'units', units: word.units };
      const chosenWith = (named?.modifierGroups ?? [])
        .flatMap((group) => group.modifiers)
        .find((one) => (word === undefined ? one.name === qualifier : one.modifierId === word.targetId));
      if (chosenWith !== undefined) return { kind: 'with', modifier: chosenWith };
      const modifier =
        word === undefined
          ? ingredients.get(`${qualifier} ${ingredient}`)
          : modifiers.get(word.targetId ?? '');
      return modifier === undefined ? undefined : { kind: 'modifier', modifier };
    },
  };
}

function sizesOf(item: MenuItem, words: readonly IntakeName[]): ReadonlyMap<string, Variant | null> {
  const own: readonly (readonly [string, Variant | null])[] =
    item.variants.length === 0
      ? [[onlySize, null]]
      : firstOfName(item.variants.map((variant) => [variant.name, variant] as const));
  const more = wordsFor(words, 'size', [item.itemId]).flatMap(
    (word): readonly (readonly [string, Variant | null])[] => {
      if (word.targetId === null) return item.variants.length === 0 ? [[word.name, null]] : [];
      const variant = item.variants.find((entry) => entry.variantId === word.targetId);
      return variant === undefined ? [] : [[word.name, variant]];
    },
  );
  return new Map([...own, ...more]);
}

/** Words of one kind that hold here, those that hold anywhere first, so that the narrower ones win. */
function wordsFor(
  words: readonly IntakeName[],
  kind: IntakeName['kind'],
  within: readonly string[],
): readonly IntakeName[] {
  const ofKind = words.filter((word) => word.kind === kind);
  return [null, ...within].flatMap((place) => ofKind.filter((word) => word.withinId === place));
}

/** Two things of one name: the one that stands first on the menu. */
function firstOfName<Entry>(
  entries: readonly (readonly [string, Entry])[],
): readonly (readonly [string, Entry])[] {
  return entries.toReversed();
}
