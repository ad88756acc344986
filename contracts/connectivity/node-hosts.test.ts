/** The hosts in the collector's answer: what is not known, or not of the right kind, is left out or unknown. */

import { expect, test } from '@jest/globals';
import { parseNodeHosts } from './node-hosts.ts';

const HOST = {
  reportedMs: 7,
  uptimeSeconds: 60,
  bootId: 'b-1',
  sentinel: { state: 'present', changedMs: 5 },
};
const UNKNOWN = { state: 'unknown', changedMs: null };

test.each<[string, unknown, unknown]>([
  ['all', { nodeUid: 'u', host: HOST, newer: 1 }, [['u', HOST]]],
  ['a node without a report', { nodeUid: 'u', host: null }, []],
  ['an answer of an older collector', { nodeUid: 'u' }, []],
  ['a node that is gone', { nodeUid: null, host: HOST }, []],
  ['a time that is none', { nodeUid: 'u', host: { ...HOST, reportedMs: 'now' } }, []],
  ['an uptime below zero', { nodeUid: 'u', host: { ...HOST, uptimeSeconds: -1 } }, []],
  [
    'a state of a newer collector',
    { nodeUid: 'u', host: { ...HOST, sentinel: { state: 'maybe' } } },
    [['u', { ...HOST, sentinel: UNKNOWN }]],
  ],
  ['no entry', 'x', []],
])('M43: %s', (_what, entry, expected) => {
  const found = parseNodeHosts([entry]);
  expect(found.ok && [...found.value]).toEqual(expected);
});

test('an answer that is no list is refused', () => {
  expect(parseNodeHosts({ error: 'x' }).ok).toBe(false);
});
