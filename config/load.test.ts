/** The configuration from file and environment, and everything that can be wrong with it. */

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { useConfigFiles } from '../tests/fixtures/use-config-files.ts';
import { loadConfig } from './load.ts';
import { healPlan } from './policies/healing.ts';

const { folder, fileOf, load, problemsOf } = useConfigFiles();

test('has a default for every key', () => {
  const config = load('');
  expect(config.cluster).toBe('default');
  expect(healPlan(config).policy).toEqual({
    windowMs: 1_800_000,
    intervalMs: 30_000,
    errorBudget: 10,
    evidence: 'sandbox',
    provenPodsMin: 3,
    retryAfterMs: 3_600_000,
    searchAttributes: true,
  });
});

test('reads the example of the design', () => {
  const config = load(`
cluster: prod-weu
healing:
  window: 30m
  interval: 30s
  errorBudget: 10
  evidence: sandbox
  provenPodsMin: 3
  annotation: cops-vigilante-snat-node-healed
  pod: { image: mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1, tolerations: [{operator: Exists}] }
`);
  expect(config.cluster).toBe('prod-weu');
  expect(config.healing.pod.tolerations).toEqual([{ operator: 'Exists' }]);
});

test('a missing default file means defaults; a named file must be there', () => {
  const notices: string[] = [];
  expect(loadConfig({ env: {}, onNotice: (notice) => notices.push(notice) }).cluster).toBe('default');
  expect(notices).toHaveLength(1);
  const missing = join(folder, 'missing.yaml');
  expect(() => loadConfig({ path: missing, env: {} })).toThrow(/there is no such file/);
  expect(() => loadConfig({ env: { VIGILANTE_CONFIG: missing } })).toThrow(/there is no such file/);
});

test('the result cannot be changed', () => {
  const config = load('');
  expect(Object.isFrozen(config.healing.pod.tolerations)).toBe(true);
  expect(Reflect.set(config.healing, 'intervalMs', 1)).toBe(false);
});

test('reports all problems at once, each with path, value and what is allowed', () => {
  expect(
    problemsOf(`
cluster: Prod_WEU
healing: { windw: 3m, interval: 40x, evidence: maybe, errorBudget: 0, annotation: a/b/c }
log: loud
`),
  ).toEqual([
    'cluster: "Prod_WEU": expected a DNS label: lower case letters, digits and dashes, at most 63',
    'healing.interval: "40x": expected a duration such as 500ms, 30s, 2m or 1h, from 100ms to 1d',
    'healing.errorBudget: 0: expected a whole number from 1 to 1000',
    'healing.evidence: "maybe": expected one of none, pod-ip, sandbox, source-address',
    expect.stringMatching(/^healing.annotation: "a\/b\/c": expected the key of an annotation/),
    expect.stringMatching(/^healing.windw: unknown key; did you mean window\? \(allowed here: window, interval, /),
    'log: "loud": expected keys and values: level',
  ]);
});

test('suggests no key for one that resembles none', () => {
  expect(problemsOf('zzzzzz: 1')).toEqual([expect.stringMatching(/^zzzzzz: unknown key \(allowed here: cluster, tls/)]);
});

test.each(['cluster: [', 'a: 1\na: 2', '- a list', 'just text'])('refuses %j', (yaml) => {
  expect(problemsOf(yaml)).toHaveLength(1);
});

test('a key without a value has its default', () => {
  expect(load('healing:\n  window:\ntasks:\n').healing.windowMs).toBe(1_800_000);
});

test('the environment overrides the file', () => {
  const config = load('cluster: one\nhttp: { port: 1 }', { VIGILANTE_CLUSTER: '42', VIGILANTE_HTTP_PORT: '9000' });
  expect(config.cluster).toBe('42');
  expect(config.http.port).toBe(9_000);
});

test('an override with a wrong value is reported by the name of its variable', () => {
  expect(problemsOf('', { VIGILANTE_HTTP_PORT: 'web', VIGILANTE_TLS: 'yes', VIGILANTE_LOG_LEVEL: '' })).toEqual([
    'VIGILANTE_TLS="yes": expected true or false (sets tls)',
    'VIGILANTE_HTTP_PORT="web": expected a port from 1 to 65535, or 0: any free one (sets http.port)',
  ]);
});

test('the namespace of the process is the default, which the configuration overrides', () => {
  const env = { POD_NAMESPACE: 'release' };
  expect(load('', env).healing.pod.namespace).toBe('release');
  expect(load('healing: { pod: { namespace: kube-system } }', env).healing.pod.namespace).toBe('kube-system');
});

test('accepts the conf.yaml of cops-vigilante unchanged and says what it made of it', () => {
  const notices: string[] = [];
  const path = fileOf(`
tls: true
interval: 45
tasks:
  snat:
    healing_pod_tolerations:
      - key: sku
        operator: Equal
        value: gpu
        effect: NoSchedule
`);
  const config = loadConfig({ path, env: {}, onNotice: (notice) => notices.push(notice) });
  expect(config.tls).toBe(true);
  expect(config.healing.intervalMs).toBe(45_000);
  expect(config.healing.pod.tolerations).toEqual([
    { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
  ]);
  expect(notices).toEqual([
    `configuration read from ${path}`,
    'interval is read as healing.interval',
    'tasks.snat.healing_pod_tolerations is read as healing.pod.tolerations',
  ]);
});

test('an empty list of tolerations of cops-vigilante stays empty', () => {
  expect(load('tasks: { snat: { healing_pod_tolerations: [] } }').healing.pod.tolerations).toEqual([]);
});

test('refuses a key that is set under both names, and unknown tasks', () => {
  expect(problemsOf('interval: 30\nhealing: { interval: 30s }')).toEqual([
    "interval: this is cops-vigilante's name for healing.interval, and both are set: remove one of them",
  ]);
  expect(problemsOf('tasks: { dns: {} }')).toEqual([expect.stringMatching(/^tasks: unknown key/)]);
  expect(problemsOf('interval: often')).toEqual([expect.stringMatching(/^healing.interval: "often": expected a dur/)]);
});

test.each([
  ['window: 10s, interval: 9999ms, provenPodsMin: 1', 0],
  ['window: 10s, interval: 10s, provenPodsMin: 1', 1],
  ['window: 10s, interval: 11s, provenPodsMin: 1', 1],
  ['window: 10s, interval: 2s, provenPodsMin: 4', 0],
  ['window: 10s, interval: 2s, provenPodsMin: 5', 0],
  ['window: 10s, interval: 2s, provenPodsMin: 6', 1],
])('checks that %s fit together', (healing, problems) => {
  expect(problemsOf(`healing: { ${healing} }`)).toHaveLength(problems);
});

test('worker versioning needs both of its variables', () => {
  const both = { TEMPORAL_DEPLOYMENT_NAME: 'vigilante', TEMPORAL_WORKER_BUILD_ID: '1234567' };
  expect(load('', both).worker).toMatchObject({ deploymentName: 'vigilante', buildId: '1234567' });
  expect(problemsOf('', { TEMPORAL_DEPLOYMENT_NAME: 'vigilante' })).toEqual([
    expect.stringMatching(/^worker.buildId: nothing: .*TEMPORAL_WORKER_BUILD_ID/),
  ]);
});

test.each([
  ['kind: etcd', /^collector.store.etcd.endpoints: \[\]: expected an address/],
  ['etcd: { keyFile: k }', /^collector.store.etcd.certificateFile: nothing/],
  ['etcd: { certificateFile: c }', /^collector.store.etcd.keyFile: nothing/],
])('a store that cannot work is refused: %s', (store, problem) => {
  expect(problemsOf(`collector: { store: { ${store} } }`)).toEqual([expect.stringMatching(problem)]);
});

test.each([
  ['vigilante-healing', 1],
  ['example.com/healed', 0],
  ['Example.com/healed', 1],
  ['healed_by.us', 0],
  ['-healed', 1],
  ['a'.repeat(63), 0],
  ['a'.repeat(64), 1],
])('checks the annotation %s', (annotation, problems) => {
  expect(problemsOf(`healing: { annotation: "${annotation}" }`)).toHaveLength(problems);
});

test('healing pods opt out of sidecars and ask for as much as they may use, unless the file says otherwise', () => {
  const { pod, nodes, virtualNodes } = load('').healing;
  expect(pod.image).toBeUndefined();
  expect(pod).toMatchObject({
    labels: {},
    annotations: {},
    imagePullSecrets: [],
    resources: {
      requests: {
        cpu: '50m',
        memory: '128Mi',
      },
      limits: {
        cpu: '50m',
        memory: '128Mi',
      },
    },
  });
  expect({ nodes, virtualNodes }).toEqual({ nodes: '', virtualNodes: false });
  expect(load('healing: { pod: { resources: { requests: { cpu: 10m } } } }').healing.pod.resources).toEqual({
    requests: { cpu: '10m' },
  });
  expect(load('healing: { pod: { resources: {} } }').healing.pod.resources).toEqual({});
});

test.each([
  [
    'labels: { vigilante-attempt: "1" }',
    /^healing\.pod\.labels\.vigilante-attempt: "1": expected labels .*vigilante-…$/,
  ],
  [
    'labels: { app.kubernetes.io/managed-by: me }',
    /^healing\.pod\.labels\.app\.kubernetes\.io\/managed-by: "me": expected/,
  ],
  ['labels: { team: a b }', /^healing\.pod\.labels\.team: "a b": expected labels/],
  ['labels: { sidecar.istio.io/inject: false }', /inject: false: expected labels with texts as values \(quote "true"/],
  ['annotations: { vigilante-run: x }', /^healing\.pod\.annotations\.vigilante-run: "x": expected annotations/],
  [
    'annotations: { cluster-autoscaler.kubernetes.io/safe-to-evict: "false" }',
    /safe-to-evict: "false": expected annotations/,
  ],
  ['annotations: { a/b/c: x }', /^healing\.pod\.annotations\.a\/b\/c: "x": expected annotations/],
  ['resources: { requests: { cpu: -1m } }', /^healing\.pod\.resources\.requests\.cpu: "-1m": expected requests and/],
  ['resources: { requests: { pods: 1 } }', /^healing\.pod\.resources\.requests\.pods: unknown key/],
  ['imagePullSecrets: [registry]', /^healing\.pod\.imagePullSecrets\.0: "registry": expected a list such as/],
  ['priorityClassName: Not A Name', /^healing\.pod\.priorityClassName: "Not A Name": expected the name of a priority/],
  ['schedulerName: ""', /^healing\.pod\.schedulerName: "": expected the name of a scheduler/],
])('a healing pod with %s is refused by its key', (yaml, problem) => {
  expect(problemsOf(`healing: { pod: { ${yaml} } }`)).toEqual([expect.stringMatching(problem)]);
});

test.each(['a in', 'pool=a=b', '"type!=x,"'])('healing.nodes: %s is refused', (selector) => {
  expect(problemsOf(`healing: { nodes: ${selector} }`)).toEqual([
    expect.stringMatching(/^healing\.nodes: .*: expected a label selector such as agentpool in/),
  ]);
});
