/** What the chart renders, without a cluster. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { ConfigSchema } from '../../config/schema/config.ts';
import { leafKeys } from '../../config/schema/key-tree.ts';
import { readRules } from '../../sandbox/rbac.ts';
import {
  CHART,
  type HelmResult,
  type Manifest,
  renderChart,
  runHelm,
  templateChart,
  VALUE_SETS,
  valuesOf,
} from './helm.ts';
import { containerOf, podSpecOf, podTemplateOf } from './pod-spec.ts';
import { documentedValues } from './values-table.ts';
import { WORKLOAD_CHANGES, WORKLOAD_COMPANIONS } from './workload-changes.ts';

const COMPONENTS = ['worker', 'starter'] as const;

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found;
}

function read(file: string): string {
  return readFileSync(join(CHART, file), 'utf8');
}

test.each(VALUE_SETS)('helm lint has nothing to complain about with %s', (set) => {
  const { status, stdout, stderr } = runHelm(['lint', '--strict', CHART, '--values', valuesOf(set)]);
  expect({ status, warnings: `${stdout}${stderr}`.match(/WARN.*|ERROR.*/g) }).toEqual({ status: 0, warnings: null });
});

test('helm lint passes with the values of the chart alone', () => {
  expect(runHelm(['lint', '--strict', CHART]).status).toBe(0);
});

test.each([
  ['an unknown value', { 'worker.replica': 3 }, /'\/worker': additional properties 'replica' not allowed/],
  ['an unknown key of config', { 'config.healing.windw': '3m' }, /'\/config\/healing': additional properties 'windw'/],
  ['a key of config that the chart decides', { 'config.http.keyFile': '/x' }, /'keyFile' not allowed/],
  ['a duration without unit', { 'config.worker.shutdownGrace': '20' }, /\/config\/worker\/shutdownGrace/],
  ['a value of the wrong kind', { 'starter.replicas': 'two' }, /\/starter\/replicas.*want integer/],
  ['no image', { 'image.repository': '' }, /image\.repository: set it to the image built/],
  ['no Temporal', { 'temporal.address': '' }, /temporal\.address: set it to host:port/],
  ['TLS without a certificate', { 'config.tls': true }, /certificateSecretName: set it, because config\.tls is true/],
  ['no account at all', { 'worker.serviceAccount.create': false }, /worker\.serviceAccount\.name: set it/],
  ['a variable of the chart', { extraEnv: [{ name: 'TEMPORAL_ADDRESS' }] }, /extraEnv: TEMPORAL_ADDRESS is set by/],
  ['a variable twice', { extraEnv: [{ name: 'A' }, { name: 'A' }] }, /extraEnv: A is set by the chart or comes twice/],
])('%s is refused by a message that names it', (_, values, message) => {
  const { status, stderr } = templateChart('minimal', values);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(message);
});

/** Another value than the default for each one of values.yaml, on top of the minimal set. */
const CHANGES: Readonly<Record<string, unknown>> = {
  'image.repository': 'registry.example.com/other',
  'image.tag': 'other',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'image.pullPolicy': 'Always',
  imagePullSecrets: [{ name: 'registry' }],
  fullnameOverride: 'other',
  'temporal.address': 'other:7233',
  'temporal.namespace': 'other',
  'temporal.apiKey.secretName': 'other',
  'temporal.apiKey.secretKey': 'other',
  'temporal.tls.enabled': true,
  'temporal.tls.serverName': 'other',
  'temporal.tls.serverCaSecretName': 'other',
  'temporal.tls.clientCertificateSecretName': 'other',
  'config.cluster': 'other',
  certificateSecretName: 'other',
  ...Object.fromEntries(
    COMPONENTS.flatMap((component) => [
      [`${component}.replicas`, 5],
      [`${component}.resources`, { requests: { cpu: 1 } }],
      [`${component}.serviceAccount.create`, false],
      [`${component}.serviceAccount.name`, 'other'],
      [`${component}.serviceAccount.annotations`, { other: 'yes' }],
    ]),
  ),
  'rbac.create': false,
  'admissionPolicy.enabled': false,
  'admissionPolicy.podImages': ['mirror.example.com/*'],
  'priorityClass.create': false,
  monitoringApiVersion: 'azmonitoring.coreos.com/v1',
  'podDisruptionBudget.enabled': false,
  'prometheusRule.enabled': true,
  'prometheusRule.labels': { other: 'yes' },
  'prometheusRule.runbookUrl': 'https://other.example.com/runbooks',
  ...changesOfMonitoring(),
  topologySpreadKeys: ['other'],
  extraEnv: [{ name: 'OTHER', value: 'yes' }],
  podAnnotations: { other: 'yes' },
  nodeSelector: { other: 'yes' },
  tolerations: [{ key: 'other' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'other',
  ...WORKLOAD_CHANGES,
};

/** Of certificates, monitors and the dashboard. */
function changesOfMonitoring(): Readonly<Record<string, unknown>> {
  const monitor = { enabled: true, interval: '7s', labels: { other: 'yes' }, tlsConfig: { serverName: 'other' } };
  const values = {
    certificates: {
      enabled: true,
      issuerRef: { name: 'other' },
      dnsNames: ['other.example.com'],
      duration: '7h',
      renewBefore: '1h',
      caDuration: '77h',
    },
    serviceMonitor: monitor,
    podMonitor: monitor,
    dashboard: {
      enabled: true,
      labels: { other: 'yes' },
      annotations: { other: 'yes' },
    },
  };
  const paths = Object.entries(values).flatMap(([parent, children]) =>
    Object.entries(children).map(([key, value]) => [`${parent}.${key}`, value] as const),
  );
  return { ...Object.fromEntries(paths), create_certificates: true, create_service_monitor: true };
}

/** What they need before they can have an effect. */
const SWITCHES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  certificates: { 'certificates.enabled': true },
  serviceMonitor: { 'serviceMonitor.enabled': true, 'certificates.enabled': true },
  podMonitor: { 'podMonitor.enabled': true, 'certificates.enabled': true },
  dashboard: { 'dashboard.enabled': true },
};

/** What a value needs beside it before it can have an effect. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  certificateSecretName: { 'config.tls': true, certificateSecretName: 'some' },
  'temporal.apiKey.secretKey': { 'temporal.apiKey.secretName': 'some' },
  monitoringApiVersion: { 'prometheusRule.enabled': true },
  'prometheusRule.labels': { 'prometheusRule.enabled': true },
  'prometheusRule.runbookUrl': { 'prometheusRule.enabled': true },
  'worker.serviceAccount.create': { 'worker.serviceAccount.name': 'some' },
  'starter.serviceAccount.create': { 'starter.serviceAccount.name': 'some' },
  ...WORKLOAD_COMPANIONS,
};

const documented = documentedValues(read('values.yaml')).map(({ path }) => path.join('.'));

test('every value of values.yaml has a change to try', () => {
  expect(Object.keys(CHANGES).toSorted()).toEqual(documented.toSorted());
});

/** Most values are compared with the same rendering. */
const rendered = new Map<string, HelmResult>();

function renderOnce(values: Readonly<Record<string, unknown>>): HelmResult {
  const key = JSON.stringify(values);
  const result = rendered.get(key) ?? templateChart('minimal', values);
  rendered.set(key, result);
  return result;
}

test.each(documented)('%s has an effect', (path) => {
  const [parent = '', key] = path.split('.');
  const companions = COMPANIONS[path] ?? (key === 'enabled' ? {} : (SWITCHES[parent] ?? {}));
  const before = renderOnce(companions);
  const after = templateChart('minimal', { ...companions, [path]: CHANGES[path] });
  expect([before.status, after.stderr, after.status]).toEqual([0, '', 0]);
  expect(after.stdout).not.toBe(before.stdout);
  const value = CHANGES[path];
  if (typeof value === 'string') expect(after.stdout).toContain(value);
});

test.each(VALUE_SETS)('the rendered conf.yaml is one that the processes accept: %s', (set) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-chart-'));
  try {
    const manifests = renderChart(set);
    const map = manifests.find((one) => one.kind === 'ConfigMap' && 'conf.yaml' in Object(one['data']));
    const { data } = z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(map);
    writeFileSync(join(folder, 'conf.yaml'), data['conf.yaml']);
    const values = z.object({ config: z.object({ cluster: z.string() }).default({ cluster: 'default' }) });
    const { config } = values.parse(parse(readFileSync(valuesOf(set), 'utf8')));
    expect(loadConfig({ path: join(folder, 'conf.yaml'), env: {} })).toMatchObject({ cluster: config.cluster });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the roles are those of files/rbac.yaml, in the namespaces where they count', async () => {
  const manifests = renderChart('everything');
  const rules = await readRules();
  for (const component of COMPONENTS) {
    const name = `nodes-node-care-${component}`;
    expect(find(manifests, 'ClusterRole', name)['rules']).toEqual(rules[component]?.clusterRules);
    const role = find(manifests, 'Role', name);
    // These pods are not waited for; tests/chart/source-address.test.ts has those that are.
    const namespaceRules = rules[component]?.namespaceRules.filter(({ verbs }) => !verbs.includes('watch'));
    expect([role.metadata.namespace, role['rules']]).toEqual(['healing', namespaceRules]);
    for (const kind of ['ClusterRoleBinding', 'RoleBinding']) {
      const subject = { kind: 'ServiceAccount', name: `node-care-${component}`, namespace: 'nodes' };
      expect(find(manifests, kind, name)['subjects']).toEqual([subject]);
    }
  }
  for (const component of COMPONENTS) {
    const events = find(manifests, 'Role', `nodes-node-care-${component}-node-events`);
    expect([events.metadata.namespace, events['rules']]).toEqual(['default', rules[component]?.defaultNamespaceRules]);
  }
  const roles = manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  // Three of each of these two, and the collector's two.
  expect(roles).toHaveLength(8);
});

test('the healing pods have the namespace of the release unless config says another', () => {
  expect(find(renderChart('minimal'), 'Role', 'nodes-care-vigilante-worker').metadata.namespace).toBe('nodes');
});

test.each(COMPONENTS)('the %s serves and is probed on the ports of the configuration', (component) => {
  const fallback = leafKeys().find(({ path }) => path === 'http.port')?.notes.fallback;
  const [httpsPort, httpPort] = (fallback?.match(/\d+/g) ?? []).map(Number);
  const { metricsPort } = ConfigSchema.parse({}).temporal;
  const name = `care-vigilante-${component}`;

  const plain = renderChart('minimal');
  expect(containerOf(find(plain, 'Deployment', name)).ports).toEqual([
    { name: 'metrics', containerPort: httpPort },
    { name: 'sdk-metrics', containerPort: metricsPort },
  ]);
  expect(find(plain, 'Service', name)['spec']).toMatchObject({ ports: [{ port: httpPort }, { port: metricsPort }] });

  const secure = renderChart('minimal', { 'config.tls': true, certificateSecretName: 'https' });
  const container = containerOf(find(secure, 'Deployment', name));
  expect(container.ports[0]).toEqual({ name: 'metrics', containerPort: httpsPort });
  expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics', scheme: 'HTTPS' });
  expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics', scheme: 'HTTPS' });
});

test('certificates are mounted where the configuration looks for them', () => {
  const { certificateFile, keyFile } = ConfigSchema.parse({}).http;
  const mounts = containerOf(find(renderChart('everything'), 'Deployment', 'node-care-worker')).volumeMounts;
  const folder = mounts.find(({ name }) => name === 'certificate')?.mountPath;
  expect([certificateFile, keyFile]).toEqual([`${folder}/tls.crt`, `${folder}/tls.key`]);
});

test.each([
  [null, 20],
  ['1500ms', 2],
  ['2m', 120],
  ['0.5h', 1_800],
] as const)('the kubelet waits longer than the worker drains: shutdownGrace %s', (shutdownGrace, graceSeconds) => {
  const values = shutdownGrace === null ? {} : { 'config.worker.shutdownGrace': shutdownGrace };
  if (shutdownGrace === null) expect(ConfigSchema.parse({}).worker.shutdownGraceMs).toBe(graceSeconds * 1_000);
  const spec = podSpecOf(find(renderChart('minimal', values), 'Deployment', 'care-vigilante-worker'));
  // The worker is cut off 10 s after its grace.
  expect(spec.terminationGracePeriodSeconds).toBe(graceSeconds + 10 + 20);
});

/** That are there already. */
const FOREIGN_MAPS = ['trust', 'declared-privileges', 'executor-templates'];

test.each(VALUE_SETS)('what a pod and what selects pods refer to is there: %s', (set) => {
  const manifests = renderChart(set);
  const names = (kind: string) => manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
  const pods = deployments.map((deployment) => podTemplateOf(deployment));
  const VolumesSchema = z.array(z.looseObject({ configMap: z.object({ name: z.string() }).optional() }));
  for (const { spec } of pods) {
    const maps = VolumesSchema.parse(spec['volumes']).flatMap(({ configMap }) => configMap?.name ?? []);
    expect(names('ConfigMap')).toEqual(expect.arrayContaining(maps.filter((name) => !FOREIGN_MAPS.includes(name))));
    const own = [
      ...names('ServiceAccount'),
      'node-care-starter',
      'node-care-maintainer',
      'care-collector',
      'care-work',
      'care-fleet',
    ];
    expect(own).toContain(spec.serviceAccountName);
  }
  const SelectorSchema = z.object({ selector: z.record(z.string(), z.unknown()) });
  const LabelsSchema = z.object({ labels: z.record(z.string(), z.string()) });
  const selecting = manifests.filter(({ kind }) => ['Service', 'PodDisruptionBudget', 'Deployment'].includes(kind));
  for (const { metadata, ...manifest } of selecting) {
    const { selector } = SelectorSchema.parse(manifest['spec']);
    const wanted = Object.entries(selector['matchLabels'] ?? selector);
    const selected = deployments.filter((_, index) => {
      const { labels } = LabelsSchema.parse(pods[index]?.metadata);
      return wanted.every(([key, value]) => labels[key] === value);
    });
    const name = metadata.name === 'netchecker-service' ? 'care-vigilante-collector' : metadata.name;
    expect(selected.map((deployment) => deployment.metadata.name)).toEqual([name]);
  }
});

test('a change of the configuration replaces the pods', () => {
  const digestOf = (values: Readonly<Record<string, unknown>>) =>
    JSON.stringify(find(renderChart('minimal', values), 'Deployment', 'care-vigilante-starter')).match(
      /config-digest":"(\w+)"/,
    )?.[1];
  expect(digestOf({})).toMatch(/^\w{64}$/);
  expect(digestOf({ 'config.log.level': 'debug' })).not.toBe(digestOf({}));
});
