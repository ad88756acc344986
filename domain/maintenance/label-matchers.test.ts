/** Matchers of labels: what is one, and what it matches. */

import { expect, test } from '@jest/globals';
import { exactPattern, formatLabelMatcher, matchesLabel, parseLabelMatcher } from './label-matchers.ts';

test.each([
  ['severity=~"critical|warning"', { label: 'severity', operator: '=~', value: 'critical|warning' }],
  [' severity != "none" ', { label: 'severity', operator: '!=', value: 'none' }],
  ['a=""', { label: 'a', operator: '=', value: '' }],
  [String.raw`a="say \"no\" \\ \n"`, { label: 'a', operator: '=', value: 'say "no" \\ \n' }],
  ['a!~"(?i:x)"', { label: 'a', operator: '!~', value: '(?i:x)' }],
  ['severity', null],
  ['severity=critical', null],
  ['severity="a", b="c"', null],
  ['severity=="a"', null],
  ['1a="b"', null],
  ['a="b', null],
  ['a="b"}', null],
  [String.raw`a="\x"`, null],
  ['a=~"("', null],
  ['a=~"(?i)x"', null],
])('M34: %j is read as %j', (text, expected) => {
  const matcher = parseLabelMatcher(text);
  expect(matcher).toEqual(expected);
  if (matcher !== null) expect(parseLabelMatcher(formatLabelMatcher(matcher))).toEqual(matcher);
});

test.each([
  ['severity="critical"', 'critical', true],
  ['severity="critical"', 'critical2', false],
  ['severity!="critical"', 'warning', true],
  ['severity!="critical"', 'critical', false],
  ['severity=~"critical|warning"', 'warning', true],
  ['severity=~"critical|warning"', 'warnings', false],
  ['severity=~"critical|warning"', 'xcritical', false],
  ['severity=~"critical|warning"', 'criticalx', false],
  ['severity=~"critical|warning"', 'xwarning', false],
  ['severity!~"critical|warning"', 'info', true],
  ['severity!~"critical|warning"', 'critical', false],
  ['severity=~".+"', 'a\nb', true],
  ['severity=""', null, true],
  ['severity!="critical"', null, true],
  ['severity=~".+"', null, false],
  ['constructor=""', 'critical', true],
])('M34: %s matches %j: %s', (text, severity, expected) => {
  const matcher = parseLabelMatcher(text);
  const labels = severity === null ? {} : { severity };
  expect(matcher !== null && matchesLabel(matcher, labels)).toBe(expected);
});

test.each(['Info', 'a.b', 'a|b', '(x)', '$', String.raw`\d`])('M34: the pattern for %s matches it alone', (name) => {
  const matcher = parseLabelMatcher(formatLabelMatcher({ label: 'a', operator: '=~', value: exactPattern([name]) }));
  const matches = (a: string) => matcher !== null && matchesLabel(matcher, { a });
  expect([matches(name), matches(`${name}x`), matches('axb'), matches('a'), matches('7')]).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
