/** What the configuration accepts of findings, and where it looks for API servers and etcd. */

import { expect, test } from '@jest/globals';
import { useConfigFiles } from '../../tests/fixtures/use-config-files.ts';

const files = useConfigFiles();
const accepting = (line: string) => `cluster: test\nmaintenance: { accept: [${line}] }\n`;

test('M7: an accepted finding has a check, a reason and an end', () => {
  const line = '{ check: webhooks, objects: [policy], reason: CHG-4711, until: "2026-12-31T00:00:00Z" }';
  expect(files.load(accepting(line)).maintenance.accept).toEqual([
    { check: 'webhooks', objects: ['policy'], reason: 'CHG-4711', untilMs: Date.parse('2026-12-31T00:00:00Z') },
  ]);
});

test.each([
  ['no reason', '{ check: webhooks, until: "2026-12-31T00:00:00Z" }'],
  ['an empty reason', '{ check: webhooks, reason: "", until: "2026-12-31T00:00:00Z" }'],
  ['no end', '{ check: webhooks, reason: CHG-4711 }'],
  ['an end that is no time', '{ check: webhooks, reason: CHG-4711, until: later }'],
  ['a check that there is not', '{ check: weather, reason: CHG-4711, until: "2026-12-31T00:00:00Z" }'],
  ['an empty list of objects', '{ check: webhooks, objects: [], reason: CHG-4711, until: "2026-12-31T00:00:00Z" }'],
])('M7: an accepted finding with %s is refused', (_, line) => {
  expect(files.problemsOf(accepting(line))).toEqual([expect.stringContaining('maintenance.accept')]);
});

test('addresses lose the slash at their end, and what is left out of an API server is null', () => {
  const yaml = 'cluster: test\nmaintenance: { upgrade: { apiServers: [{ url: "https://10.0.0.1:6443/" }] } }\n';
  expect(files.load(yaml).maintenance.upgrade.apiServers).toEqual([
    { url: 'https://10.0.0.1:6443', serverName: null, node: null },
  ]);
});
