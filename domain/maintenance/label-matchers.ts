/** Matchers of labels as Prometheus and Alertmanager write them: `name="value"`, with `=`, `!=`, `=~` or `!~`. */

import { assertNever } from '../assert-never.ts';
import type { Labels } from '../label-selector.ts';

export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

const MATCHER = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\[\\"n])*)"\s*$/;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** Null where it is none, or where its pattern is not one of JavaScript as well. */
export function parseLabelMatcher(text: string): LabelMatcher | null {
  const [, label, operator, quoted] = MATCHER.exec(text) ?? [];
  if (label === undefined || quoted === undefined || !isOperator(operator)) return null;
  const value = quoted.replaceAll(/\\[\\"n]/g, (pair) => UNESCAPED[pair] ?? pair);
  if (operator.endsWith('~') && patternOf(value) === null) return null;
  return { label, operator, value };
}

export function formatLabelMatcher({ label, operator, value }: LabelMatcher): string {
  return `${label}${operator}"${value.replaceAll(/[\\"\n]/g, (character) => ESCAPED[character] ?? character)}"`;
}

/** As both programs judge it: a label that is missing is an empty one, and a pattern fits the whole value. */
export function matchesLabel({ label, operator, value }: LabelMatcher, labels: Labels): boolean {
  const found = Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
  switch (operator) {
    case '=':
      return found === value;
    case '!=':
      return found !== value;
    case '=~':
      return patternOf(value)?.test(found) === true;
    case '!~':
      return patternOf(value)?.test(found) !== true;
    default:
      return assertNever(operator);
  }
}

/** A pattern for exactly these texts. */
export function exactPattern(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
}

function isOperator(text: string | undefined): text is LabelMatcher['operator'] {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}

function patternOf(value: string): RegExp | null {
  try {
    return new RegExp(`^(?:${value})$`, 's');
  } catch {
    return null;
  }
}
