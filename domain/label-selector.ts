/** Label selectors as Kubernetes writes them: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by commas. */

import { assertNever } from './assert-never.ts';

export type LabelRequirement =
  | { readonly kind: 'in' | 'not-in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'exists' | 'exists-not'; readonly key: string };

export type Labels = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PREFIX_LENGTH_MAX = 253;
/** Commas between parentheses belong to a list of values. */
const COMMA = /,(?![^(]*\))/;
const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/;

/** Null where the API server would refuse it. Empty selects everything. */
export function parseLabelSelector(selector: string): readonly LabelRequirement[] | null {
  if (selector.trim() === '') return [];
  const requirements = selector.split(COMMA).map((part) => parseRequirement(part.trim()));
  return requirements.every((requirement) => requirement !== null) ? requirements : null;
}

/** Whether labels fulfil all requirements; a label that is missing is not among any values. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => isFulfilled(requirement, labels));
}

/** A label's key: at most 63 characters after an optional DNS prefix and a slash. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  const isPrefixFine = slash < 0 || (prefix.length <= PREFIX_LENGTH_MAX && PREFIX.test(prefix));
  return isPrefixFine && NAME.test(key.slice(slash + 1));
}

export function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value);
}

function parseRequirement(part: string): LabelRequirement | null {
  const requirement = readRequirement(part);
  if (requirement === null || !isLabelKey(requirement.key)) return null;
  return 'values' in requirement && !requirement.values.every(isLabelValue) ? null : requirement;
}

function readRequirement(part: string): LabelRequirement | null {
  const [, setKey, operator, list] = SET.exec(part) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { kind: operator === 'in' ? 'in' : 'not-in', key: setKey, values };
  }
  const [, key, sign, value] = EQUALITY.exec(part) ?? [];
  if (key !== undefined && value !== undefined) {
    return { kind: sign === '!=' ? 'not-in' : 'in', key, values: [value] };
  }
  return part.startsWith('!') ? { kind: 'exists-not', key: part.slice(1).trim() } : { kind: 'exists', key: part };
}

function isFulfilled(requirement: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.kind) {
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'not-in':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'exists-not':
      return value === undefined;
    default:
      return assertNever(requirement);
  }
}
