/** What is wrong with a value of a file, in our words: what is expected there, and what was found. */

import type { z } from 'zod';
import { cutText } from '../../domain/cut-text.ts';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

/** A long text in a message helps nobody. */
const SHOWN_LENGTH_MAX = 60;

/** For the parse of a file; undefined where the schema says it itself. */
export function issueWords(issue: z.core.$ZodRawIssue): string | undefined {
  const expected = expectedOf(issue);
  if (expected === undefined) return undefined;
  return issue.input === undefined
    ? `is missing: expected ${expected}`
    : `expected ${expected}, got ${shown(issue.input)}`;
}

function expectedOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'a time such as 2026-12-07T00:00:00Z' : undefined;
    default:
      return undefined;
  }
}

function shown(found: unknown): string {
  return cutText(JSON.stringify(found), SHOWN_LENGTH_MAX);
}
