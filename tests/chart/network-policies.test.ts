/** The NetworkPolicies as the chart renders them: who may call whom, on which ports. */

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { HEALING_POD_LABELS } from '../../contracts/healing/names.ts';
import { type Manifest, renderChart, type ValueSet } from './helm.ts';
import { podOf } from './rendered-pods.ts';

type Labels = Readonly<Record<string, string>>;
const SelectorSchema = z.strictObject({ matchLabels: z.record(z.string(), z.string()).default({}) });
const PeerSchema = z.strictObject({
  podSelector: SelectorSchema.optional(),
  namespaceSelector: SelectorSchema.optional(),
  ipBlock: z.object({ cidr: z.string() }).optional(),
});
const PortSchema = z.strictObject({ port: z.int(), protocol: z.enum(['TCP', 'UDP']).default('TCP') });
const PolicySchema = z.strictObject({
  podSelector: SelectorSchema,
  policyTypes: z.array(z.string()),
  ingress: z.array(z.strictObject({ from: z.array(PeerSchema), ports: z.array(PortSchema) })).default([]),
  egress: z.array(z.strictObject({ to: z.array(PeerSchema).optional(), ports: z.array(PortSchema) })).default([]),
});
type Policy = z.infer<typeof PolicySchema>;

function policyOf(manifests: readonly Manifest[], component: string): Policy {
  const found = manifests.filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `care-vigilante-${component}`,
  );
  expect(found).toHaveLength(1);
  return PolicySchema.parse(found[0]?.['spec']);
}

function labelsOf(manifests: readonly Manifest[], component: string): Labels {
  const workload = manifests.find(
    ({ kind, metadata }) =>
      ['Deployment', 'DaemonSet', 'Pod'].includes(kind) && metadata.name === `care-vigilante-${component}`,
  );
  if (workload === undefined) throw new Error(`no ${component} was rendered`);
  if (workload.kind !== 'Pod') return podOf(workload).metadata.labels;
  return z.object({ labels: z.record(z.string(), z.string()) }).parse(workload.metadata).labels;
}

/** In the namespace of the release, where every pod here is. */
function mayCall(policy: Policy, labels: Labels): boolean {
  return policy.ingress.some(({ from }) =>
    from.some(({ podSelector }) =>
      Object.entries(podSelector?.matchLabels ?? { none: 'none' }).every(([key, value]) => labels[key] === value),
    ),
  );
}

function portsTo(policy: Policy): readonly number[] {
  return [...new Set(policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port)))];
}

const ON = { 'networkPolicy.enabled': true, 'agent.windows.enabled': true };

test.each([
  ['worker', ['test']],
  ['starter', ['test']],
  ['collector', ['worker', 'agent', 'agent-windows', 'test']],
] as const)('the %s is called by %j, and by no other pod of the release', (component, callers) => {
  const manifests = renderChart('minimal', ON);
  const policy = policyOf(manifests, component);
  expect(policy.podSelector.matchLabels).toMatchObject({ 'app.kubernetes.io/component': component });
  const all = ['worker', 'starter', 'collector', 'agent', 'agent-windows', 'test'];
  const able = all.filter((name) => mayCall(policy, labelsOf(manifests, name)));
  expect(new Set(able)).toEqual(new Set(callers));
});

test('the collector is called by the agents of k8s-netchecker in the namespace of the release, and by nodes', () => {
  const policy = policyOf(renderChart('minimal', { ...ON, 'networkPolicy.nodeCidrs': ['10.0.0.0/8'] }), 'collector');
  expect(policy.ingress[0]?.from).toContainEqual({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'nodes' } },
    podSelector: { matchLabels: { app: 'netchecker-agent' } },
  });
  expect(policy.ingress[0]?.from).toContainEqual({ ipBlock: { cidr: '10.0.0.0/8' } });
});

test.each<[ValueSet, string, readonly number[], readonly number[]]>([
  // From its metrics to what it calls: DNS, the API server, Temporal, the collector.
  ['minimal', 'worker', [8_000, 8_001], [53, 443, 6_443, 7_233, 8_081]],
  ['minimal', 'starter', [8_000, 8_001], [53, 443, 6_443, 7_233]],
  ['minimal', 'collector', [8_081], [53, 443, 6_443]],
  ['foreign-collector', 'worker', [8_000, 8_001], [53, 443, 6_443, 7_233, 8_443]],
  ['connectivity', 'collector', [8_081], [53, 6_443, 2_379, 3_128]],
  ['custom-resources', 'collector', [18_081], [53, 443, 6_443]],
  ['source-address', 'worker', [8_000, 8_001], [53, 443, 6_443, 7_233, 8_081, 8_080]],
  ['source-address', 'starter', [8_000, 8_001], [53, 443, 6_443, 7_233]],
  ['maintainer', 'maintainer', [8_000, 8_001], [53, 443, 6_443, 7_233, 8_081]],
  // Prometheus, who is asked by webhook, etcd, an API server, and who is told.
  ['maintenance', 'maintainer', [8_000, 8_001], [53, 443, 6_443, 7_233, 9_090, 8_444, 2_379, 6_444, 8_445, 8_081]],
])('with the values %s the %s serves %j and calls %j', (set, component, served, called) => {
  const policy = policyOf(renderChart(set, set === 'minimal' ? ON : {}), component);
  expect(policy.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(served);
  expect(portsTo(policy)).toEqual(called);
});

test.each([
  ['http://collector.example.com', 80],
  ['https://collector.example.com', 443],
  ['https://collector.example.com:9443/', 9_443],
  ['https://[fd00::10]:8443', 8_443],
  ['https://[fd00::10]', 443],
  ['http://[fd00:10:96::a]/', 80],
])('the worker may call a collector elsewhere on the port of its address: %s', (collectorUrl, port) => {
  const ports = { 'networkPolicy.apiServerPorts': [6_443] };
  const values = { ...ON, ...ports, 'collector.enabled': false, 'config.connectivity.collectorUrl': collectorUrl };
  expect(portsTo(policyOf(renderChart('minimal', values), 'worker'))).toEqual([53, 6_443, 7_233, port]);
});

test.each([
  ['temporal.example.com:7233', 7_233],
  ['[fd00::10]:7234', 7_234],
])('worker and starter may call Temporal on the port of its address: %s', (address, port) => {
  const values = { ...ON, 'networkPolicy.apiServerPorts': [6_443], 'temporal.address': address };
  expect(portsTo(policyOf(renderChart('minimal', values), 'starter'))).toEqual([53, 6_443, port]);
});

test('the collector may call etcd on the ports of its addresses, also where these are of IPv6', () => {
  const endpoints = ['https://[fd00::10]:2379', 'https://[fd00::11]', 'http://etcd.example.com:2381/'];
  const values = {
    ...ON,
    'networkPolicy.apiServerPorts': [6_443],
    'config.collector.store': { kind: 'etcd', etcd: { endpoints } },
  };
  expect(portsTo(policyOf(renderChart('minimal', values), 'collector'))).toEqual([53, 6_443, 2_379, 443, 2_381]);
});

test('the worker asks each endpoint of the healing pods at its address; one with a name may be anywhere', () => {
  const endpoint = (name: string, url: string) => ({ name, url, trust: 'unsigned' });
  const endpoints = [
    endpoint('a', 'http://10.50.0.20:8080/v1/source'),
    endpoint('b', 'https://[fd00:50::20]/v1/source'),
    endpoint('c', 'http://echo.example.com:8082/v1/source'),
    endpoint('d', 'http://10.50.0.20:8080/other'),
  ];
  const before = policyOf(renderChart('minimal', ON), 'worker').egress;
  const { egress } = policyOf(renderChart('minimal', { ...ON, 'config.healing.echo.endpoints': endpoints }), 'worker');
  expect(egress.slice(0, before.length)).toEqual(before);
  expect(egress.slice(before.length)).toEqual([
    { to: [{ ipBlock: { cidr: '10.50.0.20/32' } }], ports: [{ port: 8_080, protocol: 'TCP' }] },
    { to: [{ ipBlock: { cidr: 'fd00:50::20/128' } }], ports: [{ port: 443, protocol: 'TCP' }] },
    { ports: [{ port: 8_082, protocol: 'TCP' }] },
  ]);
});

test('no policy selects a healing pod: which endpoints it reaches is what it is there to find out', () => {
  const manifests = renderChart('source-address');
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.length).toBeGreaterThan(0);
  for (const { spec } of policies) {
    const wanted = Object.entries(PolicySchema.parse(spec).podSelector.matchLabels);
    for (const component of ['snat-healer', 'verification']) {
      const labels: Labels = { ...HEALING_POD_LABELS, 'app.kubernetes.io/component': component };
      expect(wanted.every(([key, value]) => labels[key] === value)).toBe(false);
    }
  }
});

test('nobody calls an agent, and an agent may call anything', () => {
  const policy = policyOf(renderChart('minimal', ON), 'agent');
  expect(policy).toMatchObject({ policyTypes: ['Ingress'], ingress: [] });
});

test('there are none by default: not every network knows them', () => {
  expect(renderChart('minimal').filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
});
