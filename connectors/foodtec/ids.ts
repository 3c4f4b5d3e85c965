import type { StoreDefinition } from '#acceptance/store-definition.ts';

/** The API knows things by their names; our ids are made of these, so that they stay the same while the name does. */
export function itemId(category: string, item: string): string {
  return `${slugOf(category)}.${slugOf(item)}`;
}

export function variantId(category: string, item: string, size: string): string {
  return `${itemId(category, item)}.${slugOf(size)}`;
}

export function modifierId(category: string, ingredient: string): string {
  return `${slugOf(category)}.${slugOf(ingredient)}`;
}

export function qualifierId(category: string, ingredient: string, qualifier: string): string {
  return `${modifierId(category, ingredient)}.${slugOf(qualifier)}`;
}

export function categoryId(category: string): string {
  return slugOf(category);
}

/** Ids that two names of a store would share. */
export function idsTwice(store: StoreDefinition): readonly string[] {
  const of = (ids: readonly string[]) => ids.filter((id, index) => ids.indexOf(id) !== index);
  return [
    ...of(store.categories.map(({ name }) => categoryId(name))),
    ...store.categories.flatMap((category) => [
      ...of(category.items.map(({ name }) => itemId(category.name, name))),
      ...of(category.sizes.map((size) => slugOf(size))),
      ...of(category.ingredients.map(({ name }) => modifierId(category.name, name))),
      ...of(category.qualifiers.map(({ name }) => slugOf(name))),
    ]),
  ];
}

/** A name as part of an id: letters and digits of any script, dashes between. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
