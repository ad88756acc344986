/** Values inside the nested mappings of a YAML file. */

export type Mapping = Record<string, unknown>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(root: Mapping, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const step of path) {
    if (!isMapping(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Makes the mappings on the way; returns false where something else than a mapping is in the way. */
export function placeAt(root: Mapping, path: readonly string[], value: unknown): boolean {
  let parent = root;
  for (const step of path.slice(0, -1)) {
    const child = (parent[step] ??= {});
    if (!isMapping(child)) return false;
    parent = child;
  }
  parent[path.at(-1) ?? ''] = value;
  return true;
}

/** Removes keys without a value (`healing:` followed by nothing): they mean their default. */
export function withoutNulls(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => (child === null ? [] : [[name, withoutNulls(child)]])),
  );
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
