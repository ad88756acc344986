/** Collector and agents as the chart renders them, without a cluster. */

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseAgentOptions } from '../../agent/agent-options.ts';
import { ConfigSchema } from '../../config/schema/config.ts';
import { readRules } from '../../sandbox/rbac.ts';
import { type Manifest, renderChart, type ValueSet } from './helm.ts';
import { containerOf, podSpecOf } from './pod-spec.ts';
import { podOf } from './rendered-pods.ts';

type Values = Readonly<Record<string, unknown>>;

const TLS = { 'config.tls': true, certificateSecretName: 'https' };
const TOKENS = { 'config.collector.authentication.kind': 'token-review' };
const CUSTOM_RESOURCES = { 'config.collector.store.kind': 'custom-resources' };
const ETCD = { 'config.collector.store': { kind: 'etcd', etcd: { endpoints: ['https://etcd:2379'] } } };
const HOST = { 'agent.linuxHostNetwork.enabled': true, 'agent.hostNetworkNamespace': 'agents' };
const OFF = { 'collector.enabled': false };
const ALL_AGENTS = {
  ...HOST,
  'agent.windows.enabled': true,
  'agent.windowsHostNetwork': { enabled: true, serverEndpoint: 'http://10.0.0.80:8081' },
};
const COLLECTOR = 'care-vigilante-collector';

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found;
}

function named(manifests: readonly Manifest[], kind: string): string[] {
  return manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
}

function configurationOf(values: Values, set: ValueSet = 'minimal'): unknown {
  const map = find(renderChart(set, values), 'ConfigMap', 'care-vigilante');
  return parse(z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(map).data['conf.yaml']);
}

const OWN_URL = 'http://care-vigilante-collector.nodes.svc:8081';
const OTHER = { 'config.connectivity.collectorUrl': 'http://other:80' };

test.each<[string, Values, object]>([
  ['with a collector it is watched', {}, { enabled: true, collectorUrl: OWN_URL }],
  [
    'a watch that is switched off stays off',
    { 'config.connectivity.enabled': false },
    { enabled: false, collectorUrl: OWN_URL },
  ],
  ['another collector is asked', OTHER, { enabled: true, collectorUrl: 'http://other:80' }],
  ['without a collector nothing is watched', OFF, { enabled: false }],
  ['but another one is', { ...OFF, ...OTHER }, { enabled: true, collectorUrl: 'http://other:80' }],
  [
    'with TLS the authority is named',
    TLS,
    {
      enabled: true,
      collectorUrl: OWN_URL.replace('http', 'https'),
      collectorCaFile: '/etc/vigilante/collector-ca/ca.crt',
    },
  ],
  [
    'the Service has the name and port of the values',
    { 'collector.service': { name: 'netchecker-service', port: 80 } },
    { enabled: true, collectorUrl: 'http://netchecker-service.nodes.svc:80' },
  ],
])('the connectivity follows the collector: %s', (_, values, connectivity) => {
  expect(configurationOf(values)).toEqual(expect.objectContaining({ connectivity }));
});

test('the agents that are there reach the collector by the name and port that they know', () => {
  const manifests = renderChart('minimal', { 'collector.service.name': 'netchecker-service' });
  expect(find(manifests, 'Service', 'netchecker-service')['spec']).toMatchObject({
    ports: [{ port: 8081, targetPort: 'metrics' }],
  });
  expect(containerOf(find(manifests, 'Deployment', COLLECTOR)).ports).toEqual([
    { name: 'metrics', containerPort: 8081 },
  ]);
});

test.each<[string, Values, object]>([
  ['embedded', {}, { replicas: 1, strategy: { type: 'Recreate' } }],
  ['custom-resources', CUSTOM_RESOURCES, { replicas: 2 }],
  ['etcd', ETCD, { replicas: 2 }],
])('as many collectors as the store allows: %s', (kind, values, expected) => {
  const manifests = renderChart('minimal', values);
  const { replicas, strategy } = z
    .looseObject({ replicas: z.int(), strategy: z.unknown().optional() })
    .parse(find(manifests, 'Deployment', COLLECTOR)['spec']);
  expect({ replicas, strategy }).toEqual(expected);
  const service = z.looseObject({}).parse(find(manifests, 'Service', COLLECTOR)['spec']);
  expect(service['publishNotReadyAddresses']).toBe(kind === 'embedded' ? true : undefined);
});

test('the reports are in the folder that the collector writes to, which is its own', () => {
  const { path } = ConfigSchema.parse({}).collector.store;
  const spec = podSpecOf(find(renderChart('minimal'), 'Deployment', COLLECTOR));
  const mount = spec.containers[0].volumeMounts.find(({ name }) => name === 'reports');
  expect(mount).toEqual({ name: 'reports', mountPath: path.slice(0, path.lastIndexOf('/')) });
  expect(spec['volumes']).toContainEqual({ name: 'reports', emptyDir: {} });
  expect(spec['securityContext']).toMatchObject({ fsGroup: 10_001, runAsNonRoot: true });
});

test.each<[string, Values, string]>([
  ['made by the chart', { 'collector.persistence.enabled': true }, COLLECTOR],
  ['that is there', { 'collector.persistence': { enabled: true, existingClaim: 'mine' } }, 'mine'],
])('the reports are in a claim %s', (_, values, claimName) => {
  const manifests = renderChart('minimal', values);
  const spec = podSpecOf(find(manifests, 'Deployment', COLLECTOR));
  expect(spec['volumes']).toContainEqual({ name: 'reports', persistentVolumeClaim: { claimName } });
  expect(named(manifests, 'PersistentVolumeClaim')).toEqual(claimName === 'mine' ? [] : [COLLECTOR]);
});

test('the collector gets nothing of Temporal', () => {
  const container = containerOf(find(renderChart('everything'), 'Deployment', 'node-care-collector'));
  expect(container.env.map(({ name }) => name)).toEqual(['POD_NAMESPACE', 'NODE_EXTRA_CA_CERTS']);
  expect(container.volumeMounts.map(({ name }) => name)).toEqual(['config', 'certificate', 'reports', 'trust']);
});

test.each<[string, Values, readonly string[], readonly string[]]>([
  ['as little as can be', {}, ['nodes'], ['nodes pods']],
  ['with tokens', TOKENS, ['nodes', 'tokenreviews'], ['nodes pods']],
  ['with agents anywhere', { 'config.collector.agents.namespaces': [] }, ['nodes', 'pods'], []],
  [
    'with agents in another namespace',
    { 'agent.linuxHostNetwork.enabled': true, 'agent.hostNetworkNamespace': 'node-agents' },
    ['nodes'],
    ['nodes pods', 'node-agents pods'],
  ],
  [
    'with namespaces',
    { 'config.collector.agents.namespaces': ['nodes', 'kube-system'] },
    ['nodes'],
    ['nodes pods', 'kube-system pods'],
  ],
  ['with custom resources', CUSTOM_RESOURCES, ['nodes'], ['nodes pods', 'nodes agents']],
  [
    'with those elsewhere',
    { 'config.collector.store': { kind: 'custom-resources', namespace: 'reports' } },
    ['nodes'],
    ['nodes pods', 'reports agents'],
  ],
])('the collector has the rights that its configuration needs: %s', async (_, values, cluster, inNamespaces) => {
  const RulesSchema = z.array(z.looseObject({ resources: z.array(z.string()) }));
  const manifests = renderChart('minimal', values).filter(({ metadata }) => metadata.name.includes('collector'));
  const resources = (kind: string) =>
    manifests
      .filter((one) => one.kind === kind)
      .flatMap(({ metadata, ...role }) =>
        RulesSchema.parse(role['rules']).flatMap((rule) => rule.resources.map((name) => ({ name, rule, metadata }))),
      );
  expect(resources('ClusterRole').map(({ name }) => name)).toEqual(cluster);
  expect(resources('Role').map(({ name, metadata }) => `${metadata.namespace} ${name}`)).toEqual(inNamespaces);
  const known = (await readRules())['collector'];
  const all = [...(known?.clusterRules ?? []), ...(known?.namespaceRules ?? [])];
  for (const { rule } of [...resources('ClusterRole'), ...resources('Role')]) expect(all).toContainEqual(rule);
  const bindings = manifests.filter(({ kind }) => kind.endsWith('Binding'));
  expect(bindings).toHaveLength(inNamespaces.length + 1);
  for (const binding of bindings) {
    expect(binding['subjects']).toEqual([{ kind: 'ServiceAccount', name: COLLECTOR, namespace: 'nodes' }]);
  }
});

test('there are agents where they were asked for, and none without a collector', () => {
  expect(named(renderChart('minimal'), 'DaemonSet')).toEqual(['care-vigilante-agent']);
  expect(named(renderChart('minimal', ALL_AGENTS), 'DaemonSet')).toEqual([
    'care-vigilante-agent',
    'care-vigilante-agent-hostnet',
    'care-vigilante-agent-windows',
    'care-vigilante-agent-windows-hostnet',
  ]);
  expect(named(renderChart('minimal', { ...ALL_AGENTS, ...OFF }), 'DaemonSet')).toEqual([]);
  expect(named(renderChart('minimal', OFF), 'ServiceAccount')).toEqual([
    'care-vigilante-worker',
    'care-vigilante-starter',
  ]);
});

const AgentSpecSchema = z.looseObject({
  os: z.object({ name: z.string() }),
  nodeSelector: z.record(z.string(), z.string()),
  containers: z.tuple([
    z.looseObject({ args: z.array(z.string()), env: z.array(z.looseObject({ name: z.string() })) }),
  ]),
});

function agentsOf(values: Values, set: ValueSet = 'minimal') {
  return renderChart(set, values)
    .filter(({ kind }) => kind === 'DaemonSet')
    .map((daemonSet) => {
      const { metadata, spec } = podOf(daemonSet);
      return { name: daemonSet.metadata.name, labels: metadata.labels, spec: AgentSpecSchema.parse(spec) };
    });
}

test('the collector expects every agent by its label', () => {
  const { selector } = ConfigSchema.parse({}).collector.agents;
  const expected = /^app in \((.+)\)$/.exec(selector)?.[1]?.split(', ') ?? [];
  const labels = agentsOf(ALL_AGENTS).map((agent) => agent.labels['app']);
  expect(labels).toEqual([
    'netchecker-agent',
    'netchecker-agent-hostnet',
    'netchecker-agent',
    'netchecker-agent-hostnet',
  ]);
  expect(new Set(labels)).toEqual(new Set(expected));
  expect(agentsOf({ 'agent.podLabels.app': 'other' })[0]?.labels['app']).toBe('other');
});

test.each<ValueSet>(['minimal', 'connectivity', 'custom-resources', 'foreign-collector'])(
  'an agent accepts the arguments that it gets: %s',
  (set) => {
    const agents = agentsOf({}, set);
    expect(agents.length).toBeGreaterThan(0);
    for (const { spec } of agents)
      expect(parseAgentOptions(spec.containers[0].args)).toMatchObject({ kind: 'options' });
  },
);

test('an agent gets the probes and the interval of the values', () => {
  const [agent] = agentsOf({}, 'connectivity');
  expect(parseAgentOptions(agent?.spec.containers[0].args ?? [])).toMatchObject({
    options: {
      endpoint: { origin: 'https://netchecker-service.nodes.svc:8082' },
      reportIntervalSeconds: 30,
      probeUrls: ['https://registry.example.com/v2/', 'http://intranet.example.com:8080'],
      tcpTargets: [
        { host: '10.1.0.4', port: 1_433 },
        { host: 'intranet.example.com', port: 443 },
      ],
      dnsNames: ['intranet.example.com'],
      tokenFile: '/var/run/secrets/vigilante/token',
      caFile: '/etc/vigilante/collector-ca/ca.crt',
      verbosity: 5,
    },
  });
});

test('an agent of each kind asks where its resolver finds the collector', () => {
  const endpoints = agentsOf(ALL_AGENTS).map(({ spec }) => spec.containers[0].args[0]);
  expect(endpoints).toEqual([
    `-serverendpoint=${OWN_URL}`,
    `-serverendpoint=${OWN_URL}`,
    '-serverendpoint=http://care-vigilante-collector:8081',
    '-serverendpoint=http://10.0.0.80:8081',
  ]);
});

test('an agent has a token for the collector alone, and only where it is asked for; the authority only with TLS', () => {
  expect(agentsOf({})[0]?.spec['volumes']).toBeUndefined();
  const [agent] = agentsOf({ ...TOKENS, ...TLS, 'config.collector.authentication.audience': 'mine' });
  const sources = [{ serviceAccountToken: { audience: 'mine', expirationSeconds: 3_600, path: 'token' } }];
  expect(agent?.spec).toMatchObject({ automountServiceAccountToken: false });
  expect(agent?.spec['volumes']).toEqual([
    { name: 'token', projected: { sources } },
    { name: 'collector-ca', secret: { secretName: 'https', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  ]);
  const { audience } = ConfigSchema.parse({}).collector.authentication;
  expect(JSON.stringify(agentsOf(TOKENS)[0])).toContain(`"audience":"${audience}"`);
});

test('pods of Windows carry no field of Linux', () => {
  const windows = agentsOf(ALL_AGENTS).filter(({ name }) => name.includes('windows'));
  expect(windows).toHaveLength(2);
  for (const { spec } of windows) {
    expect(spec).toMatchObject({ os: { name: 'windows' }, nodeSelector: { 'kubernetes.io/os': 'windows' } });
    expect(JSON.stringify(spec)).not.toMatch(
      /seccompProfile|capabilities|allowPrivilegeEscalation|readOnlyRootFilesystem|runAsUser"|fsGroup|dnsPolicy/,
    );
  }
  expect(windows.map(({ spec }) => spec['securityContext'])).toEqual([
    { runAsNonRoot: true, windowsOptions: { runAsUserName: 'ContainerUser' } },
    { windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\\LOCAL SERVICE' } },
  ]);
});

test('agents in the network of their node are in their own namespace, with an account there', () => {
  const manifests = renderChart('minimal', { ...ALL_AGENTS, 'agent.hostNetworkNamespace': 'node-agents' });
  const placed = (kind: string) =>
    manifests
      .filter((one) => one.kind === kind && one.metadata.name.includes('agent'))
      .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`);
  expect(placed('DaemonSet')).toEqual([
    'nodes care-vigilante-agent',
    'node-agents care-vigilante-agent-hostnet',
    'nodes care-vigilante-agent-windows',
    'node-agents care-vigilante-agent-windows-hostnet',
  ]);
  expect(placed('ServiceAccount')).toEqual(['node-agents care-vigilante-agent', 'nodes care-vigilante-agent']);
  expect(
    manifests.filter(({ kind }) => kind.endsWith('Binding')).flatMap((one) => JSON.stringify(one['subjects'])),
  ).not.toContainEqual(expect.stringContaining('agent'));
});

test('every object and pod has the common labels', () => {
  const commonLabels = { 'example.com/cost-center': '4711' };
  const manifests = renderChart('minimal', {
    ...ALL_AGENTS,
    commonLabels,
    'networkPolicy.enabled': true,
    'networkPolicy.nodeCidrs': ['10.0.0.0/8'],
  });
  for (const { metadata } of manifests) expect(metadata).toMatchObject({ labels: commonLabels });
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet');
  for (const workload of workloads) expect(podOf(workload).metadata.labels).toMatchObject(commonLabels);
});

test('objects of one’s own are rendered, as objects and as text, with their templates filled in', () => {
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-text"}\n';
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: '{{ include "vigilante.fullname" . }}-object' },
  };
  const maps = named(renderChart('minimal', { extraObjects: [object, text] }), 'ConfigMap');
  expect(maps.toSorted()).toEqual(['care-text', 'care-vigilante', 'care-vigilante-object']);
});

test.each<[ValueSet, string]>([
  ['minimal', 'http'],
  ['connectivity', 'https'],
  ['foreign-collector', 'http'],
])('helm test asks every Deployment by its Service: %s', (set, scheme) => {
  const manifests = renderChart(set);
  const hook = find(manifests, 'Pod', 'care-vigilante-test');
  const { args } = z.object({ containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]) }).parse(hook['spec'])
    .containers[0];
  const ServiceSchema = z.looseObject({
    selector: z.record(z.string(), z.string()),
    ports: z.array(z.looseObject({ name: z.string(), port: z.int() })),
  });
  const services = manifests.filter(({ kind }) => kind === 'Service');
  const expected = services.map(({ metadata, ...service }) => {
    const { selector, ports } = ServiceSchema.parse(service['spec']);
    const port = ports.find(({ name }) => name === 'metrics')?.port;
    return `${selector['app.kubernetes.io/component']}=${scheme}://${metadata.name}.nodes.svc:${port}/readyz`;
  });
  expect(args.slice(args.indexOf('60') + 1).toSorted()).toEqual(expected.toSorted());
  expect(named(manifests, 'Deployment')).toHaveLength(expected.length);
});
