/**
 * Our ids of what R-Keeper sells name the reference item themselves, so that a round can be written without looking anything
 * up: `dish-<ident>`, `join-<slug>`, `modi-<ident>`, `group-<ident>`. A variant's id is the dish or the modifier it stands for.
 */
export function dishId(ident: number): string {
  return `dish-${ident}`;
}

export function joinId(slug: string): string {
  return `join-${slug}`;
}

export function modifierId(ident: number): string {
  return `modi-${ident}`;
}

export function groupId(ident: number): string {
  return `group-${ident}`;
}

/** The ident in an id of the given sort, or undefined when it is an id of another sort. */
export function identIn(sort: 'dish' | 'modi' | 'group', id: string): string | undefined {
  const match = /^([a-z]+)-([1-9]\d{0,14})$/.exec(id);
  return match?.[1] === sort ? match[2] : undefined;
}

export function isJoinId(id: string): boolean {
  return /^join-[\p{L}\p{N}-]+$/u.test(id);
}
