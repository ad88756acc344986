/** What the API server adds to the objects of the chart: tools that compare both would always show a difference. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { CHART, type Manifest, renderChart, VALUE_SETS } from './helm.ts';
import { added, content, KNOWN_DEFAULTS, storedDifferences } from './stored-differences.ts';

let world: ChartWorld;

beforeAll(async () => {
  world = await startChartWorld();
});

afterAll(async () => {
  await world?.stop();
});

function manifestsOf(isWanted: (manifest: Manifest) => boolean): readonly Manifest[] {
  const found = new Map<string, Manifest>();
  for (const set of VALUE_SETS) {
    for (const manifest of renderChart(set)) {
      const key = JSON.stringify([manifest.kind, content(manifest)]);
      if (isWanted(manifest)) found.set(key, manifest);
    }
  }
  return [...found.values()];
}

test('no field of an admission policy, its binding, a role, a class or a custom resource is added or changed', () => {
  const manifests = manifestsOf(({ kind }) => !KNOWN_DEFAULTS.includes(kind));
  const kinds = new Set(manifests.map(({ kind }) => kind));
  for (const kind of [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'PriorityClass',
    'NetworkPolicy',
  ]) {
    expect(kinds).toContain(kind);
  }
  expect(storedDifferences(world, manifests)).toEqual([]);
});

test('nor is one of the definition of the custom resource, which the sandbox takes from the chart', () => {
  const file: unknown = parse(readFileSync(`${CHART}crds/agents.yaml`, 'utf8'));
  const live: unknown = JSON.parse(world.shell('kubectl get crd agents.network-checker.ext --output json').stdout);
  expect(added(content(file), content(live))).toEqual([]);
});
