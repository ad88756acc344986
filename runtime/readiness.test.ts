/** What makes a process ready. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { informerProblem } from './informer-problem.ts';
import { measureReadiness } from './metrics.ts';
import { createReadiness, readinessOf } from './readiness.ts';

test('H19: ready only when every check is; the others say what is missing', () => {
  const fine = readinessOf({ worker: () => null, nodes: () => null });
  expect(fine()).toEqual({ ready: true, checks: { worker: 'ok', nodes: 'ok' } });
  const lame = readinessOf({ worker: () => null, temporal: () => 'connection refused' });
  expect(lame()).toEqual({ ready: false, checks: { worker: 'ok', temporal: 'connection refused' } });
});

test('H19: a part that is not up yet is not ready; once it is, it answers for itself, in the same place', () => {
  const { answer, register } = createReadiness({ temporal: () => 'not connected yet', nodes: () => null });
  expect(JSON.stringify(answer())).toBe('{"ready":false,"checks":{"temporal":"not connected yet","nodes":"ok"}}');
  let problem: string | null = null;
  register('temporal', () => problem);
  expect(JSON.stringify(answer())).toBe('{"ready":true,"checks":{"temporal":"ok","nodes":"ok"}}');
  problem = 'connection refused';
  expect(answer().ready).toBe(false);
});

test('a warning is answered beside the checks, is a series, and leaves the process ready', async () => {
  let problem: string | null = 'the port is taken';
  const registry = new Registry();
  const readiness = measureReadiness(registry, readinessOf({ nodes: () => null }, { port: () => problem }));
  expect(readiness()).toEqual({ ready: true, checks: { nodes: 'ok' }, warnings: { port: 'the port is taken' } });
  expect(await registry.metrics()).toContain('vigilante_warning{warning="port"} 1');
  problem = null;
  expect(readiness()).toEqual({ ready: true, checks: { nodes: 'ok' }, warnings: { port: 'ok' } });
  expect(await registry.metrics()).toContain('vigilante_warning{warning="port"} 0');
});

test.each([
  [{ synced: false, failuresInARow: 0, lastError: null }, 'the nodes were not listed yet'],
  [{ synced: false, failuresInARow: 1, lastError: '403' }, 'the nodes were not listed yet: 403'],
  [{ synced: true, failuresInARow: 2, lastError: 'closed' }, null],
  [{ synced: true, failuresInARow: 3, lastError: 'closed' }, 'the nodes are not watched: closed'],
])('judges the informer %j', (signs, expected) => {
  expect(informerProblem(signs)).toBe(expected);
});

test('H18: each check is a series, and follows what /readyz says', async () => {
  let problem: string | null = 'connection refused';
  const registry = new Registry();
  const readiness = readinessOf({ nodes: () => null, temporal: () => problem });
  expect(measureReadiness(registry, readiness)).toBe(readiness);
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('vigilante_ready'));
  expect(await lines()).toEqual(['vigilante_ready{check="nodes"} 1', 'vigilante_ready{check="temporal"} 0']);
  problem = null;
  expect(await lines()).toEqual(['vigilante_ready{check="nodes"} 1', 'vigilante_ready{check="temporal"} 1']);
});
