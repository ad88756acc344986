/** Keys of a cops-vigilante `conf.yaml` that have another name here. */

import { isMapping, type Mapping, placeAt, valueAt } from './mapping.ts';

interface Alias {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Returns what the key here accepts; a value it does not understand is returned unchanged and refused there. */
  readonly convert: (value: unknown) => unknown;
}

export interface AliasResult {
  readonly mapped: readonly string[];
  readonly problems: readonly string[];
}

/** `tls` has the same name and meaning in both; `server_use_tls` is its name in the original's template. */
const ALIASES: readonly Alias[] = [
  { from: ['server_use_tls'], to: ['tls'], convert: (value) => value },
  { from: ['interval'], to: ['healing', 'interval'], convert: secondsToDuration },
  {
    from: ['tasks', 'snat', 'healing_pod_tolerations'],
    to: ['healing', 'pod', 'tolerations'],
    convert: (value) => value,
  },
];

/** Moves the values of aliases to their keys, in place. */
export function applyAliases(raw: Mapping): AliasResult {
  const mapped: string[] = [];
  const problems: string[] = [];
  for (const { from, to, convert } of ALIASES) {
    const value = valueAt(raw, from);
    if (value === undefined) continue;
    const [old, current] = [from.join('.'), to.join('.')];
    if (valueAt(raw, to) !== undefined) {
      problems.push(`${old}: this is cops-vigilante's name for ${current}, and both are set: remove one of them`);
    } else if (placeAt(raw, to, convert(value))) {
      mapped.push(`${old} is read as ${current}`);
    }
    removeAt(raw, from);
  }
  removeIfEmpty(raw, ['tasks', 'snat']);
  removeIfEmpty(raw, ['tasks']);
  return { mapped, problems };
}

function secondsToDuration(value: unknown): unknown {
  const seconds = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' ? `${seconds}s` : value;
}

function removeAt(raw: Mapping, path: readonly string[]): void {
  const parent = path.length === 1 ? raw : valueAt(raw, path.slice(0, -1));
  if (isMapping(parent)) delete parent[path.at(-1) ?? ''];
}

/** `tasks:` with nothing below it means nothing in the original, whose keys are all optional. */
function removeIfEmpty(raw: Mapping, path: readonly string[]): void {
  const value = valueAt(raw, path);
  if (isMapping(value) && Object.keys(value).length === 0) removeAt(raw, path);
}
