/** Each message once, as it was first named: changed twice, the second time it would be gone. */
export function distinct<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  if (items.length < 2) return items;
  const ids = new Set<string>();
  return items.filter(({ id }) => ids.size < ids.add(id).size);
}
