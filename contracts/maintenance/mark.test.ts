/** The mark on a node: read as it was written, and anything else not at all. */

import { expect, test } from '@jest/globals';
import { mark } from '../../tests/fixtures/maintenance.ts';
import { formatMark, parseMark } from './mark.ts';

test('M11: a mark is read as it was written', () => {
  const written = mark({ phase: 'acting', actingMs: 5, added: ['karpenter.sh/do-not-disrupt'] });
  expect(parseMark(formatMark(written))).toEqual(written);
  expect(parseMark(undefined)).toBeNull();
});

test.each<[string, string]>([
  ['nothing', ''],
  ['a text', 'by hand'],
  ['another phase', JSON.stringify({ ...mark(), phase: 'rebooting' })],
  ['a key too many', JSON.stringify({ ...mark(), image: 'evil' })],
  ['a key too few', JSON.stringify({ ...mark(), bootId: undefined })],
  ['a kubelet that is no version', JSON.stringify({ ...mark(), kubelet: '1.36' })],
  ['more than the API server would take of us', formatMark({ ...mark(), bootId: 'x'.repeat(2_048) })],
  ['lists in lists', '['.repeat(5_000)],
])('a mark with %s is unreadable', (_name, annotation) => {
  expect(parseMark(annotation)).toBe('unreadable');
});
