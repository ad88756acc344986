/** The values of an object cache, found by key and by group. */

export interface KnownValues<V> {
  readonly get: (key: string) => V | undefined;
  readonly group: (name: string) => readonly V[];
  readonly values: () => IterableIterator<V>;
  readonly size: () => number;
  set(value: V): void;
  remove(value: V): void;
  /** What is not among them is no longer known. */
  replace(values: readonly V[]): void;
}

export interface KnownValuesOptions<V> {
  readonly keyOf: (value: V) => string;
  readonly groupOf?: (value: V) => string;
  readonly isLeftOut?: (value: V) => boolean;
}

export function createKnownValues<V>({ keyOf, groupOf, isLeftOut }: KnownValuesOptions<V>): KnownValues<V> {
  const known = new Map<string, V>();
  const groups = new Map<string, readonly string[]>();

  function remove(value: V): void {
    const key = keyOf(value);
    const before = known.get(key);
    if (before === undefined) return;
    known.delete(key);
    if (groupOf === undefined) return;
    const others = (groups.get(groupOf(before)) ?? []).filter((other) => other !== key);
    if (others.length === 0) groups.delete(groupOf(before));
    else groups.set(groupOf(before), others);
  }

  function set(value: V): void {
    remove(value);
    if (isLeftOut?.(value) === true) return;
    const key = keyOf(value);
    known.set(key, value);
    if (groupOf !== undefined) groups.set(groupOf(value), [...(groups.get(groupOf(value)) ?? []), key]);
  }

  return {
    get: (key) => known.get(key),
    group: (name) => (groups.get(name) ?? []).flatMap((key) => known.get(key) ?? []),
    values: () => known.values(),
    size: () => known.size,
    set,
    remove,
    replace(values) {
      const keys = new Set(values.map(keyOf));
      for (const [key, value] of known) if (!keys.has(key)) remove(value);
      for (const value of values) set(value);
    },
  };
}
