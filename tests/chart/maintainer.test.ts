/** The maintainer in the chart: off by default, and with nothing but what it needs where it is on. */

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { type Manifest, renderChart, templateChart } from './helm.ts';
import { containerOf } from './pod-spec.ts';
import { podOf } from './rendered-pods.ts';

const names = z.array(z.string()).default([]);
const RulesSchema = z.array(z.object({ resources: names, nonResourceURLs: names, verbs: names }));

const named = (manifests: readonly Manifest[], part: string) =>
  manifests.filter(({ metadata }) => metadata.name.includes(part));

test('without maintainer.enabled no object is about a maintainer, and no agent sees the processes of its node', () => {
  const manifests = renderChart('minimal');
  expect(JSON.stringify(manifests)).not.toContain('hostPID');
  expect(named(manifests, 'maintainer')).toEqual([]);
});

/** Of cluster roles `verb resource`, of roles with the namespace before it. */
function rightsOf(manifests: readonly Manifest[]): readonly string[] {
  return named(manifests, 'maintainer')
    .filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind))
    .flatMap(({ metadata: { namespace }, rules }) =>
      RulesSchema.parse(rules).flatMap(({ resources, nonResourceURLs, verbs }) =>
        [...resources, ...nonResourceURLs].map((resource) =>
          [namespace, verbs.join(), resource].filter(Boolean).join(' '),
        ),
      ),
    );
}

const TO_LOOK = ['list pods', 'create events', 'list nodes'];
const TO_DRAIN = ['get,patch nodes', 'create pods/eviction', 'list volumeattachments'];
const TO_CHECK = [
  'list poddisruptionbudgets',
  'list endpointslices',
  'list validatingwebhookconfigurations',
  'list mutatingwebhookconfigurations',
  'list customresourcedefinitions',
  'get services',
  'list apiservices',
  'list certificatesigningrequests',
  'get /metrics',
];
const TO_ACT = ['node-maintenance create,get,delete pods'];
const kindsOf = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind);

test('M54: without an executor it looks, and has no other right', () => {
  const manifests = renderChart('maintainer');
  expect(rightsOf(manifests)).toEqual(TO_LOOK);
  expect(kindsOf(manifests)).not.toContain('Namespace');
  expect(named(manifests, 'maintainer').filter(({ kind }) => kind.startsWith('Validating'))).toEqual([]);
});

test('M54: with executors that make pods it may cordon, drain and act, within two policies', () => {
  const manifests = renderChart('maintenance');
  expect(rightsOf(manifests)).toEqual([...TO_LOOK, ...TO_DRAIN, ...TO_CHECK, ...TO_ACT]);
  const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const texts = named(policies, 'maintainer').map(({ spec }) => JSON.stringify(spec));
  expect(texts).toEqual([
    expect.stringContaining('system:serviceaccount:nodes:care-vigilante-maintainer'),
    expect.stringContaining('{"kubernetes.io/metadata.name":"node-maintenance"}'),
  ]);
  const [namespace] = manifests.filter(({ kind }) => kind === 'Namespace');
  expect(namespace?.metadata).toMatchObject({
    name: 'node-maintenance',
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
});

test('M13, M54: it may delete pods of others only where some are named', () => {
  const force = { 'config.maintenance.drain.force': ['app=stuck'] };
  const added = rightsOf(renderChart('maintenance', force)).filter(
    (right) => !rightsOf(renderChart('maintenance')).includes(right),
  );
  expect(added).toEqual(['delete pods']);
  expect(rightsOf(renderChart('maintainer', force))).toEqual(TO_LOOK);
});

test('M54: where only webhooks act there is neither a namespace for pods nor a right to make any', () => {
  const executors = { netboot: { kind: 'webhook', url: 'https://images.example.com', secretFile: '/key' } };
  const manifests = renderChart('minimal', { 'maintainer.enabled': true, 'config.maintenance.executors': executors });
  expect(rightsOf(manifests)).toEqual([...TO_LOOK, ...TO_DRAIN, ...TO_CHECK]);
  expect(kindsOf(manifests)).not.toContain('Namespace');
});

test.each([
  ['the release', { 'config.maintenance.namespace': 'nodes' }],
  ['the healing pods', { 'config.maintenance.namespace': 'pods', 'config.healing.pod.namespace': 'pods' }],
])('privileged pods have no namespace together with %s', (_, values) => {
  const { status, stderr } = templateChart('maintenance', values);
  expect(status).not.toBe(0);
  expect(stderr).toContain('config.maintenance.namespace: set it to a namespace of its own');
});

test('what executors and gates read is mounted where the configuration looks for it', () => {
  const manifests = renderChart('maintenance');
  const [map] = manifests.filter(({ kind }) => kind === 'ConfigMap');
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(map);
  const { maintenance } = ConfigSchema.parse(parse(data['conf.yaml'] ?? ''));
  const [deployment] = named(manifests, 'maintainer').filter(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('no maintainer was rendered');
  const folder = (volume: string) =>
    containerOf(deployment).volumeMounts.find(({ name }) => name === volume)?.mountPath ?? '';
  const { tokenFile, caFile } = maintenance.gates.alerts;
  expect([tokenFile, caFile]).toEqual([`${folder('alerts-token')}/token`, `${folder('alerts-ca')}/ca.crt`]);
  expect(maintenance.templates).toBe(folder('executor-templates'));
  const { etcd } = maintenance.upgrade;
  expect([etcd.caFile, etcd.certificateFile, etcd.keyFile]).toEqual(
    ['ca.crt', 'tls.crt', 'tls.key'].map((file) => `${folder('etcd')}/${file}`),
  );
  expect(etcd.snapshot.folder).toBe(folder('snapshots'));
  expect(maintenance.executors['netboot']).toMatchObject({ secretFile: `${folder('webhooks')}/key` });
});

test('without secrets the configuration names no file of them', () => {
  expect(JSON.stringify(renderChart('maintainer'))).not.toContain('/etc/vigilante/alerts');
});

test('M43: agents of the host network report the boot and the sentinel file of their node, from a folder they cannot write', () => {
  const agents = renderChart('maintenance').filter(({ kind }) => kind === 'DaemonSet');
  const texts = agents.map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec)] as const);
  const [, host = ''] = texts.find(([name]) => name.endsWith('hostnet')) ?? [];
  for (const part of [
    '"-bootid"',
    '"-sentinel=/host/var/run/reboot-required"',
    '{"name":"sentinel","mountPath":"/host/var/run","readOnly":true}',
    '{"name":"sentinel","hostPath":{"path":"/var/run","type":"Directory"}}',
  ]) {
    expect(host).toContain(part);
  }
  const others = texts.filter(([name]) => !name.endsWith('hostnet'));
  expect(others.length).toBeGreaterThan(0);
  expect(JSON.stringify(others)).not.toMatch(/bootid|sentinel|hostPath/);
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
