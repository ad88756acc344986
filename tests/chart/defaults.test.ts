/** What the API server adds to the objects of the chart: tools that compare both would always show a difference. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { CHART, type Manifest, renderChart, VALUE_SETS } from './helm.ts';

let world: ChartWorld;

beforeAll(async () => {
  world = await startChartWorld();
});

afterAll(async () => {
  await world?.stop();
});

/** As the API server stores it. */
function stored(manifest: Manifest): unknown {
  const { status, stdout, stderr } = world.shell('kubectl create --dry-run=server --output json --filename -', {
    input: JSON.stringify(manifest),
  });
  expect({ kind: manifest.kind, status, stderr }).toMatchObject({ status: 0 });
  return JSON.parse(stdout);
}

/** Paths that the stored object has and the rendered one does not, or with another value. */
function added(rendered: unknown, live: unknown, path = ''): string[] {
  if (Array.isArray(live) && Array.isArray(rendered)) {
    if (live.length !== rendered.length) return [path];
    return live.flatMap((item: unknown, index) => added(rendered[index], item, `${path}[${index}]`));
  }
  if (isObject(live) && isObject(rendered)) {
    return [...new Set([...Object.keys(live), ...Object.keys(rendered)])].flatMap((key) =>
      added(rendered[key], live[key], `${path}.${key}`),
    );
  }
  return JSON.stringify(rendered) === JSON.stringify(live) ? [] : [path];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SPECS = z.looseObject({});

/** Everything but what the API server keeps of each object. */
function content(object: unknown): Record<string, unknown> {
  const { metadata: _, status: __, ...rest } = SPECS.parse(object);
  return rest;
}

/**
 * Kinds whose defaults every tool knows, as they are as old as Kubernetes, with what would have to be written out: each
 * field of each container, volume and port.
 */
const KNOWN_DEFAULTS = ['Deployment', 'DaemonSet', 'Pod', 'Service', 'PersistentVolumeClaim'];

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
  const differences = manifests.flatMap((manifest) =>
    added(content(manifest), content(stored(manifest))).map(
      (path) => `${manifest.kind} ${manifest.metadata.name}${path}`,
    ),
  );
  expect(differences).toEqual([]);
});

test('nor is one of the definition of the custom resource, which the sandbox takes from the chart', () => {
  const file: unknown = parse(readFileSync(`${CHART}crds/agents.yaml`, 'utf8'));
  const live: unknown = JSON.parse(world.shell('kubectl get crd agents.network-checker.ext --output json').stdout);
  expect(added(content(file), content(live))).toEqual([]);
});
