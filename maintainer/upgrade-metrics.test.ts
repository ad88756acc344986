/** The metrics of an upgrade: those of the run that there is, and of none where none runs. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { UPGRADE_STATES } from '../domain/upgrade/cluster-words.ts';
import { createUpgradeMetrics } from './upgrade-metrics.ts';

const NODES = { left: 7, 'in-work': 0, held: 1, failed: 0, 'passed-over': 2, done: 5 };
const HALTED = { state: 'halted', nodes: NODES, approvalUntilMs: null } as const;
const NO_SERIES = ['vigilante_upgrade_approval_remaining_seconds 0'];

function metrics() {
  const registry = new Registry();
  const clock = { ms: 0, serverMs: 1_000_000 };
  const show = createUpgradeMetrics(registry, {
    intervalMs: 60_000,
    serverNowMs: () => clock.serverMs,
    now: () => clock.ms,
  });
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { show, clock, lines };
}

test('M30: the state that the upgrade is in is 1, all others are 0, and each state of nodes has a number', async () => {
  const { show, lines } = metrics();
  show(HALTED);
  expect(await lines()).toEqual([
    ...UPGRADE_STATES.map((state) => `vigilante_upgrade_state{state="${state}"} ${state === 'halted' ? 1 : 0}`),
    'vigilante_upgrade_nodes{state="left"} 7',
    'vigilante_upgrade_nodes{state="in-work"} 0',
    'vigilante_upgrade_nodes{state="held"} 1',
    'vigilante_upgrade_nodes{state="failed"} 0',
    'vigilante_upgrade_nodes{state="passed-over"} 2',
    'vigilante_upgrade_nodes{state="done"} 5',
    ...NO_SERIES,
  ]);
});

test('M52: a cluster without an upgrade shows nothing of one, before the first and after the last', async () => {
  const { show, lines } = metrics();
  expect(await lines()).toEqual(NO_SERIES);
  show(HALTED);
  show(null);
  expect(await lines()).toEqual(NO_SERIES);
});

test('M52: one answer may be missing; after that nothing is shown that may not be so any more', async () => {
  const { show, clock, lines } = metrics();
  show(HALTED);
  clock.ms = 149_999;
  expect(await lines()).toContain('vigilante_upgrade_state{state="halted"} 1');
  clock.ms = 150_000;
  expect(await lines()).toEqual(NO_SERIES);
});

test('M37: the end of an approval comes nearer by the clock of the API server, and is not below zero', async () => {
  const { show, clock, lines } = metrics();
  const remaining = async () => (await lines()).find((line) => line.includes('approval_remaining'));
  show({ ...HALTED, approvalUntilMs: 1_060_000 });
  expect(await remaining()).toBe('vigilante_upgrade_approval_remaining_seconds 60');
  clock.serverMs = 1_059_000;
  expect(await remaining()).toBe('vigilante_upgrade_approval_remaining_seconds 1');
  clock.serverMs = 1_061_000;
  expect(await remaining()).toBe('vigilante_upgrade_approval_remaining_seconds 0');
});
