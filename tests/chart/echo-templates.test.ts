/** What the chart of the echo renders and refuses, without a cluster. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { ConfigSchema } from '../../config/schema/config.ts';
import {
  CHART,
  ECHO_CHART,
  ECHO_VALUE_SETS,
  type HelmResult,
  type Manifest,
  NAMESPACE,
  renderChart,
  runHelm,
  templateChart,
  valuesOf,
} from './helm.ts';
import { podOf } from './rendered-pods.ts';
import { documentedValues } from './values-table.ts';

type Values = Readonly<Record<string, unknown>>;
type EchoSet = (typeof ECHO_VALUE_SETS)[number];

const NAME = 'care-vigilante-echo';
const HTTPS = { 'config.tls': true, 'config.echo.tls': true, certificateSecretName: 'https' };

function render(set: EchoSet, values: Values = {}): Manifest[] {
  return renderChart(set, values, ECHO_CHART);
}

function template(values: Values): HelmResult {
  return templateChart('minimal', values, ECHO_CHART);
}

function find(manifests: readonly Manifest[], kind: string, name = NAME): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found;
}

test.each(ECHO_VALUE_SETS)('helm lint has nothing to complain about with %s', (set) => {
  const { status, stdout, stderr } = runHelm(['lint', '--strict', ECHO_CHART, '--values', valuesOf(set, ECHO_CHART)]);
  expect({ status, warnings: `${stdout}${stderr}`.match(/WARN.*|ERROR.*/g) }).toEqual({ status: 0, warnings: null });
});

test('helm lint passes with the values of the chart alone', () => {
  expect(runHelm(['lint', '--strict', ECHO_CHART]).status).toBe(0);
});

test('the chart has the version of the other one: both run the same image', () => {
  const ChartSchema = z.object({ version: z.string(), appVersion: z.string() });
  const [echo, main] = [ECHO_CHART, CHART].map((chart) =>
    ChartSchema.parse(parse(readFileSync(`${chart}Chart.yaml`, 'utf8'))),
  );
  expect(echo).toEqual(main);
});

test.each<[string, Values, RegExp]>([
  ['the policy Cluster', { 'service.externalTrafficPolicy': 'Cluster' }, /\/service\/externalTrafficPolicy/],
  ['a Service for the cluster alone', { 'service.type': 'ClusterIP' }, /\/service\/type/],
  ['no secret with a key', { 'signingKey.secretName': '' }, /signingKey\.secretName: set it to a secret with a key/],
  ['no image', { 'image.repository': '' }, /image\.repository: set it to the image built/],
  ['an unknown value', { replica: 3 }, /additional properties 'replica' not allowed/],
  ['an unknown key of config', { 'config.echo.nme': 'a' }, /'\/config\/echo': additional properties 'nme'/],
  ['a part that the echo does not read', { 'config.healing': {} }, /'\/config': additional properties 'healing'/],
  ['a key as a file', { 'config.echo.keyFile': '/x' }, /'keyFile' not allowed/],
  ['a certificate as a file', { 'config.http.certificateFile': '/x' }, /'certificateFile' not allowed/],
  ['an address that nobody reaches', { 'config.echo.endpoint': '127.0.0.1:8080' }, /\/config\/echo\/endpoint/],
  ['any free port for metrics', { 'config.echo.metricsPort': 0 }, /\/config\/echo\/metricsPort/],
  ['a header from nobody', { 'config.echo.proxyProtocol': 'v2' }, /config\.echo\.trustedProxies: set it/],
  [
    'proxies without their header',
    { 'config.echo.trustedProxies': ['10.0.0.0/8'] },
    /config\.echo\.trustedProxies: leave it empty/,
  ],
  ['an echo over TLS without certificate', { 'config.echo.tls': true }, /certificateSecretName: set it/],
  ['metrics over TLS without certificate', { 'config.tls': true }, /certificateSecretName: set it/],
  ['a monitor that is locked out', { 'serviceMonitor.enabled': true }, /networkPolicy\.metricsFrom: set it/],
  ['root', { 'podSecurityContext.runAsUser': 0 }, /\/podSecurityContext\/runAsUser/],
  ['a sidecar', { 'podLabels.sidecar\\.istio\\.io/inject': 'true' }, /podLabels: sidecar\.istio\.io\/inject is set by/],
  ['an annotation of the chart', { 'podAnnotations.linkerd\\.io/inject': 'enabled' }, /podAnnotations: linkerd\.io/],
])('%s is refused by a message that names the value', (_, values, message) => {
  const { status, stderr } = template(values);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(message);
});

const MONITOR = { 'serviceMonitor.enabled': true, 'networkPolicy.metricsFrom': [{ podSelector: {} }] };

/** Another value than the default for each one of values.yaml, and what it needs beside it. */
const CHANGES: Readonly<Record<string, readonly [unknown, Values?]>> = {
  'image.repository': ['registry.example.com/other'],
  'image.tag': ['other'],
  'image.digest': [`sha256:${'0'.repeat(64)}`],
  'image.pullPolicy': ['Always'],
  imagePullSecrets: [[{ name: 'registry' }]],
  fullnameOverride: ['other'],
  'signingKey.secretName': ['other'],
  'signingKey.secretKey': ['other'],
  'config.echo.name': ['other'],
  certificateSecretName: ['other', HTTPS],
  replicas: [5],
  resources: [{ requests: { cpu: 1 } }],
  'service.type': ['NodePort'],
  'service.port': [18_080],
  'service.nodePort': [30_080],
  'service.annotations': [{ other: 'yes' }],
  'networkPolicy.enabled': [false],
  'networkPolicy.metricsFrom': [[{ namespaceSelector: {} }]],
  'podDisruptionBudget.enabled': [false],
  monitoringApiVersion: ['azmonitoring.coreos.com/v1', MONITOR],
  'serviceMonitor.enabled': [true, { 'networkPolicy.metricsFrom': [{ podSelector: {} }] }],
  'serviceMonitor.interval': ['7s', MONITOR],
  'serviceMonitor.labels': [{ other: 'yes' }, MONITOR],
  'serviceMonitor.tlsConfig': [{ serverName: 'other' }, { ...MONITOR, ...HTTPS }],
  topologySpreadKeys: [['other']],
  commonLabels: [{ other: 'yes' }],
  podLabels: [{ other: 'yes' }],
  podAnnotations: [{ other: 'yes' }],
  'podSecurityContext.runAsUser': [null],
  'podSecurityContext.fsGroup': [''],
  nodeSelector: [{ other: 'yes' }],
  tolerations: [[{ key: 'other' }]],
  affinity: [{ nodeAffinity: {} }],
  priorityClassName: ['other'],
};

const documented = documentedValues(readFileSync(`${ECHO_CHART}values.yaml`, 'utf8'))
  .map(({ path }) => path.join('.'))
  // Has one value only.
  .filter((path) => path !== 'service.externalTrafficPolicy');

test('every value of values.yaml has a change to try', () => {
  expect(Object.keys(CHANGES).toSorted()).toEqual(documented.toSorted());
});

test.each(documented)('%s has an effect', (path) => {
  const [value, companions = {}] = CHANGES[path] ?? [];
  const before = template(companions);
  const after = template({ ...companions, [path]: value });
  expect([before.status, after.stderr, after.status]).toEqual([0, '', 0]);
  expect(after.stdout).not.toBe(before.stdout);
  if (typeof value === 'string') expect(after.stdout).toContain(value);
});

test('it makes nothing that has rights, and no secret', () => {
  const kinds = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'ServiceAccount'];
  expect(
    render('minimal')
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual([...kinds, 'Service', 'Service'].toSorted());
});

const ContainerSchema = z.looseObject({
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
  livenessProbe: z.looseObject({ httpGet: z.unknown() }),
  readinessProbe: z.looseObject({ httpGet: z.unknown() }),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true) })),
});
const PodSchema = z.looseObject({ containers: z.tuple([ContainerSchema]), volumes: z.unknown() });

function podSpec(manifests: readonly Manifest[]): z.infer<typeof PodSchema> {
  return PodSchema.parse(podOf(find(manifests, 'Deployment')).spec);
}

test('two pods run as the user of the image, on a read-only root, without a token, apart from each other', () => {
  const manifests = render('minimal');
  const spec = podSpec(manifests);
  expect(find(manifests, 'Deployment')['spec']).toMatchObject({ replicas: 2 });
  expect(find(manifests, 'ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    serviceAccountName: NAME,
    securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: [{}, { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' }],
  });
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('no sidecar comes between a client and the echo', () => {
  const { metadata } = podOf(find(render('minimal'), 'Deployment'));
  expect(metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'false' });
  expect(metadata['annotations']).toMatchObject({ 'linkerd.io/inject': 'disabled' });
});

test.each(ECHO_VALUE_SETS)('the process accepts the rendered conf.yaml: %s', (set) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-echo-chart-'));
  try {
    const map = render(set).find(({ kind }) => kind === 'ConfigMap');
    const { data } = z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(map);
    writeFileSync(join(folder, 'conf.yaml'), data['conf.yaml']);
    const { echo } = loadConfig({ path: join(folder, 'conf.yaml'), env: {} });
    expect(echo.name).toBe({ minimal: 'echo', 'private-link': 'onprem-1', 'node-port': 'onprem-2' }[set]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('key and certificates are mounted where the configuration looks for them', () => {
  const { echo, http } = ConfigSchema.parse({});
  const folders = (set: EchoSet) =>
    new Map(podSpec(render(set)).containers[0].volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  expect(`${folders('private-link').get('signing-key')}/ed25519.pem`).toBe(echo.keyFile);
  expect(podSpec(render('private-link')).volumes).toContainEqual({
    name: 'signing-key',
    secret: { secretName: 'keys', items: [{ key: 'onprem-1', path: 'ed25519.pem' }] },
  });
  const certificates = folders('private-link').get('certificate');
  expect([http.certificateFile, http.keyFile]).toEqual([`${certificates}/tls.crt`, `${certificates}/tls.key`]);
  expect([...folders('minimal').keys()]).toEqual(['config', 'signing-key']);
});

/** The ports that have to agree: container, Services and NetworkPolicy. */
test.each<[string, Values, number, number]>([
  ['the defaults', {}, ConfigSchema.parse({}).echo.metricsPort, 8_080],
  ['those of config.echo', { 'config.echo': { endpoint: ':9080', metricsPort: 9_081 } }, 9_081, 9_080],
  ['the one of config.http', { 'config.http.port': 9_082 }, 9_082, 8_080],
])('ports: %s', (_, values, metricsPort, port) => {
  const manifests = render('minimal', { ...values, 'networkPolicy.metricsFrom': [{ namespaceSelector: {} }] });
  expect(podSpec(manifests).containers[0].ports).toEqual([
    { name: 'echo', containerPort: port },
    { name: 'metrics', containerPort: metricsPort },
  ]);
  expect(find(manifests, 'Service')['spec']).toMatchObject({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    ports: [{ name: 'echo', port: 8_080, targetPort: 'echo' }],
  });
  expect(find(manifests, 'Service', `${NAME}-metrics`)['spec']).toMatchObject({
    clusterIP: 'None',
    ports: [{ name: 'metrics', port: metricsPort, targetPort: 'metrics' }],
  });
  expect(find(manifests, 'NetworkPolicy')['spec']).toEqual({
    podSelector: { matchLabels: expect.objectContaining({ 'app.kubernetes.io/instance': 'care' }) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { ports: [{ port, protocol: 'TCP' }] },
      { from: [{ namespaceSelector: {} }], ports: [{ port: metricsPort, protocol: 'TCP' }] },
    ],
  });
});

test('nobody may call the metrics unless the values say who', () => {
  const spec = z.looseObject({ ingress: z.array(z.unknown()) }).parse(find(render('minimal'), 'NetworkPolicy')['spec']);
  expect(spec.ingress).toEqual([{ ports: [{ port: 8_080, protocol: 'TCP' }] }]);
});

test('with config.tls alone metrics and health are over HTTPS', () => {
  const plain = podSpec(render('minimal', { 'config.echo.tls': true, certificateSecretName: 'https' })).containers[0];
  expect(plain.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics', scheme: 'HTTP' });
  const manifests = render('minimal', { ...MONITOR, 'config.tls': true, certificateSecretName: 'https' });
  const [secure] = podSpec(manifests).containers;
  expect(secure.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics', scheme: 'HTTPS' });
  const serverName = `${NAME}-metrics.${NAMESPACE}.svc`;
  expect(find(manifests, 'ServiceMonitor')['spec']).toMatchObject({
    endpoints: [
      { port: 'metrics', scheme: 'https', tlsConfig: { ca: { secret: { name: 'https', key: 'ca.crt' } }, serverName } },
    ],
  });
});

test('the monitor selects the Service of the metrics alone; budget and Services select the pods', () => {
  const manifests = render('minimal', MONITOR);
  const SelectorSchema = z.looseObject({ selector: z.record(z.string(), z.unknown()) });
  const selectorOf = (kind: string, name = NAME) => {
    const { selector } = SelectorSchema.parse(find(manifests, kind, name)['spec']);
    return selector['matchLabels'] ?? selector;
  };
  const labelsOf = (name: string) => find(manifests, 'Service', name).metadata['labels'];
  expect(labelsOf(`${NAME}-metrics`)).toMatchObject({ ...Object(selectorOf('ServiceMonitor')) });
  expect(labelsOf(NAME)).not.toMatchObject({ ...Object(selectorOf('ServiceMonitor')) });
  const { labels } = podOf(find(manifests, 'Deployment')).metadata;
  for (const [kind, name] of [
    ['Service', NAME],
    ['Service', `${NAME}-metrics`],
    ['PodDisruptionBudget', NAME],
    ['Deployment', NAME],
  ] as const) {
    expect(labels).toMatchObject({ ...Object(selectorOf(kind, name)) });
  }
});

test('a change of the configuration replaces the pods', () => {
  const annotations = (values: Values) => podOf(find(render('minimal', values), 'Deployment')).metadata['annotations'];
  expect(annotations({ 'config.log.level': 'debug' })).not.toEqual(annotations({}));
});
