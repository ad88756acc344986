/** The maintainer in the chart: off by default, and with nothing but what it needs where it is on. */

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { type Manifest, renderChart, templateChart } from './helm.ts';
import { containerOf } from './pod-spec.ts';
import { podOf } from './rendered-pods.ts';

const RulesSchema = z.array(z.object({ resources: z.array(z.string()), verbs: z.array(z.string()) }));

const named = (manifests: readonly Manifest[], part: string) =>
  manifests.filter(({ metadata }) => metadata.name.includes(part));

test('without maintainer.enabled no object is about a maintainer, and no agent sees the processes of its node', () => {
  const manifests = renderChart('minimal');
  expect(JSON.stringify(manifests)).not.toContain('hostPID');
  expect(named(manifests, 'maintainer')).toEqual([]);
});

test('M54: it lists pods and creates Events, and has no other right', () => {
  const rules = named(renderChart('maintainer'), 'maintainer')
    .filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind))
    .flatMap((role) => RulesSchema.parse(role['rules']));
  const rights = rules.flatMap(({ resources, verbs }) => resources.map((resource) => `${verbs.join()} ${resource}`));
  expect(rights).toEqual(['list pods', 'create events']);
});

test('maintenance is on where a maintainer runs, and its declared file is where the process looks for it', () => {
  const manifests = renderChart('maintainer');
  const [map] = manifests.filter(({ kind }) => kind === 'ConfigMap');
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(map);
  const config = ConfigSchema.parse(parse(data['conf.yaml'] ?? ''));
  expect(config.maintenance).toMatchObject({ enabled: true, privileges: { enabled: true, intervalMs: 1_800_000 } });
  const [deployment] = named(manifests, 'maintainer').filter(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('no maintainer was rendered');
  const folder = containerOf(deployment).volumeMounts.find(({ name }) => name === 'declared-privileges')?.mountPath;
  expect(config.maintenance.privileges.declared).toBe(`${folder}/declared.yaml`);
});

test('a configuration that needs a maintainer is refused without one', () => {
  const { status, stderr } = templateChart('minimal', { 'config.maintenance.enabled': true });
  expect(status).not.toBe(0);
  expect(stderr).toContain('maintainer.enabled: set it');
});

test('M50: agents that read processes have the PID namespace of the node, and neither root nor a capability', () => {
  const agents = renderChart('maintainer').filter(({ kind }) => kind === 'DaemonSet');
  const specs = agents.map((agent) => [agent.metadata.name, podOf(agent).spec] as const);
  expect(specs.map(([name, spec]) => [name, spec['hostPID'] ?? false])).toEqual(
    expect.arrayContaining([
      ['care-vigilante-agent', false],
      ['care-vigilante-agent-hostnet', true],
    ]),
  );
  const host = agents.find(({ metadata }) => metadata.name.endsWith('hostnet'));
  if (host === undefined) throw new Error('no agent of the host network');
  const spec = JSON.stringify(podOf(host).spec);
  for (const part of ['"drop":["ALL"]', '"runAsNonRoot":true', '"-processes"']) expect(spec).toContain(part);
});
