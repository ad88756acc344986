/** The custom resources: the chart's definition, what the original wrote, and an API server that refuses. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createCustomResourceStore } from '../../../collector/stores/custom-resource-store.ts';
import { type RecordChange, type ReportStore, StoreUnavailable } from '../../../collector/stores/report-store.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { applyAgentDefinition, removeAgentDefinition } from './agent-definition.ts';
import { startProxy } from './cuttable-proxy.ts';
import { byName, contentOf, recordOf } from './records.ts';

const SOON_MS = 120_000;

let server: TestApiServer;
let definition: unknown;
let admin: ClusterConnection;
let namespace = '';
let namespaces = 0;
const opened: ReportStore[] = [];
/** What a test started, ended after it in reverse order, however the test ended. */
const endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startApiServer();
  definition = await applyAgentDefinition(server.admin);
  admin = connectCluster({ kubeconfig: server.kubeconfig('admin') });
});
afterAll(async () => {
  await admin.close();
  await server.stop();
});
beforeEach(async () => {
  namespaces += 1;
  namespace = `agents-${namespaces}`;
  await server.admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  for (const end of endings.splice(0).toReversed()) await end();
});

function create(
  options: { connection?: ClusterConnection; problems?: string[]; namespace?: string } = {},
): ReportStore {
  const { connection = admin, problems = [] } = options;
  const onProblem = (message: string) => void problems.push(message);
  const store = createCustomResourceStore({ connection, namespace: options.namespace ?? namespace, onProblem });
  opened.push(store);
  return store;
}

const pathOf = (name: string) => `/apis/network-checker.ext/v1/namespaces/${namespace}/agents${name && `/${name}`}`;
const objectOf = (name: string, spec: unknown) => ({
  apiVersion: 'network-checker.ext/v1',
  kind: 'Agent',
  metadata: { name },
  spec,
});

/** As the original server wrote it, with the recorded times. */
const ORIGINAL_SPEC = {
  report_interval: 60,
  nodename: 'node-1',
  podname: 'netchecker-agent-a1',
  uptime: 1250,
  hostdate: '2026-11-22T07:00:00.123456789Z',
  last_updated: '2026-11-22T06:56:00.038888678Z',
  nslookup: { 'netchecker-service': ['10.0.0.40'] },
  network_probes: [
    {
      URL: 'http://netchecker-service:8081/api/v1/ping',
      ConnectionResult: 1,
      HTTPCode: 200,
      Total: 0x8637bd05af6,
      ContentTransfer: 0x8637bd05af6,
      TCPConnection: 1,
      DNSLookup: 1,
      Connect: 2,
      ServerProcessing: 1,
    },
  ],
  ips: {
    eth0: ['10.244.0.2/24'],
    lo: ['127.0.0.1/8'],
  },
};

test('has a definition that the API server finds no fault with', () => {
  const { status } = definition as { status: { conditions: { type: string; status: string }[] } };
  const faults = status.conditions.filter((one) => one.type === 'NonStructuralSchema' || one.status !== 'True');
  expect(faults).toEqual([]);
});

test('keeps all fields of a report and its counters in the object', async () => {
  const store = create();
  const probes = { tcp_probes: [{ target: 'a:1', ok: true, ms: 3, error: null }], dns_probes: [] };
  await store.save({ ...recordOf('a', 5, { ...probes, nslookup: null }), missCount: 2 });
  const { body } = await server.admin.demand('GET', pathOf('a'));
  const { report } = recordOf('a', 5, { ...probes, nslookup: null });
  expect(body).toMatchObject({
    spec: { ...report, last_updated: '2026-11-22T07:00:00.128Z' },
    status: { reportCount: 5, missCount: 2 },
  });
});

test('is shown by kubectl with node, age and interval', async () => {
  const kubectl = await resolveTool('kubectl');
  const store = create();
  await store.save({ ...recordOf('a'), lastUpdatedMs: Date.now() - 7_200_000 });
  const { path } = server.kubeconfig('admin');
  const args = [`--kubeconfig=${path}`, `--namespace=${namespace}`, 'get', 'agents'];
  const { stdout } = await promisify(execFile)(kubectl, args);
  const [head = '', row = ''] = stdout.split('\n');
  expect(head.split(/ {2,}/)).toEqual(['NAME', 'NODE', 'LAST REPORT', 'INTERVAL']);
  expect(row.split(/ +/)).toEqual(['a', 'node-1', '120m', '60']);
});

test('reads what the original server wrote, and writes on in its object', async () => {
  const name = 'netchecker-agent-a1';
  await server.admin.demand('POST', pathOf(''), { body: objectOf(name, ORIGINAL_SPEC) });
  const store = create();
  const { last_updated: _, ...report } = ORIGINAL_SPEC;
  const original = {
    name,
    report,
    lastUpdatedMs: Date.parse('2026-11-22T06:56:00.038Z'),
    reportCount: 1,
    missCount: 0,
  };
  expect(await contentOf(store)).toEqual([original]);
  await store.save(recordOf(name, 2));
  expect(await contentOf(create())).toEqual([recordOf(name, 2)]);
});

test('skips objects that are no records, with a line for each', async () => {
  const { nodename: _, ...nameless } = ORIGINAL_SPEC;
  await server.admin.demand('POST', pathOf(''), { body: objectOf('a', nameless) });
  await server.admin.demand('POST', pathOf(''), { body: objectOf('b', undefined) });
  const problems: string[] = [];
  const store = create({ problems });
  expect(await contentOf(store)).toEqual([]);
  expect(problems).toEqual([
    expect.stringMatching(/^the record "a" in .+ cannot be read: nodename: /),
    expect.stringMatching(/^the record "b" in .+ cannot be read: it has no spec$/),
  ]);
});

test('reports after a gap in the watch what changed in it', async () => {
  const { port } = new URL(server.url);
  const proxy = await startProxy(Number(port));
  endings.push(() => proxy.stop());
  const kubeconfig = await server.alteredKubeconfig({ from: `:${port}`, to: `:${proxy.port}` });
  const connection = connectCluster({ kubeconfig });
  endings.push(() => connection.close());
  const told = new Map<string, number | null>();
  const tells = (name: string, count: number | null) =>
    waitUntil(() => told.get(name) === count, { what: `${name} to be told as ${count}`, timeoutMs: SOON_MS });
  const writer = create();
  await Promise.all([writer.save(recordOf('removed')), writer.save(recordOf('new'))]);
  await contentOf(create({ connection }), (change: RecordChange) => {
    if (change.kind === 'removed') told.set(change.name, null);
    else told.set(change.record.name, change.record.reportCount);
  });
  await writer.save(recordOf('seen'));
  await tells('seen', 1);
  proxy.cut();
  await writer.remove(['removed', 'seen']);
  await Promise.all([writer.save(recordOf('new', 2)), writer.save(recordOf('born'))]);
  proxy.restore();
  await Promise.all([tells('removed', null), tells('seen', null), tells('new', 2), tells('born', 1)]);
});

test('refuses a record that the definition does not allow, and takes the others', async () => {
  const store = create();
  const half = store.save(recordOf('half', 1, { uptime: 0.5 }));
  await expect(half).rejects.toThrow(StoreUnavailable);
  await expect(half).rejects.toThrow('spec.uptime');
  // Nothing since has worked that would have cleared it.
  expect(store.problem()).toBeNull();
  await store.save(recordOf('a'));
});

test('names the namespace that is not there', async () => {
  await expect(create({ namespace: 'nowhere' }).save(recordOf('a'))).rejects.toThrow('namespaces "nowhere" not found');
});

test('says which rights it needs where it has none', async () => {
  const connection = connectCluster({ kubeconfig: server.kubeconfig('starter') });
  endings.push(() => connection.close());
  const store = create({ connection });
  const advice = 'the collector needs the verbs list, watch, create, patch and delete on agents.network-checker.ext';
  await expect(contentOf(store)).rejects.toThrow(advice);
  await expect(store.save(recordOf('a'))).rejects.toThrow(advice);
  await waitUntil(() => store.problem()?.includes('vigilante-collector-probe') ?? false, {
    what: 'the probe to be refused as well',
    timeoutMs: SOON_MS,
  });
});

test('says that the definition is missing, and goes on when it is applied', async () => {
  const advice = 'apply crds/agents.yaml of the chart';
  const store = create();
  await contentOf(store);
  await removeAgentDefinition(server.admin);
  await expect(contentOf(create())).rejects.toThrow(advice);
  const isRefused = () =>
    store.save(recordOf('a')).then(
      () => false,
      (error: Error) => error.message.includes(advice),
    );
  await waitUntil(isRefused, { what: 'the advice', timeoutMs: SOON_MS });
  expect(store.problem()).toContain(advice);
  await applyAgentDefinition(server.admin);
  await waitUntil(() => store.problem() === null, { what: 'the problem to be over', timeoutMs: SOON_MS });
  await store.save(recordOf('b'));
  expect(await contentOf(create())).toEqual([recordOf('b')]);
});

test('has a problem while the definition allows no record at all, and none when it does again', async () => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/agents.network-checker.ext';
  const schema = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/required';
  const change = (body: readonly object[]) =>
    server.admin.demand('PATCH', path, { body, contentType: 'application/json-patch+json' });
  const store = create();
  let reports = 1;
  await store.save(recordOf('a', reports));
  await change([{ op: 'add', path: schema, value: ['never'] }]);
  try {
    // A record that is stored already changes nothing, and is not refused.
    const isRefused = () => {
      reports += 1;
      return store.save(recordOf('a', reports)).then(
        () => false,
        (error: Error) => error.message.includes('never'),
      );
    };
    await waitUntil(isRefused, { what: 'a record to be refused', timeoutMs: SOON_MS });
    expect(store.problem()).toContain('never');
  } finally {
    await change([{ op: 'remove', path: schema }]);
  }
  await waitUntil(() => store.problem() === null, { what: 'the problem to be over', timeoutMs: SOON_MS });
  await store.save(recordOf('a', reports + 1));
});

test('reads large records page by page', async () => {
  const store = create();
  const large = { nslookup: { host: Array.from({ length: 30 }, (_, index) => `${index}-${'x'.repeat(2_000)}`) } };
  const records = Array.from({ length: 150 }, (_, index) => recordOf(`agent-${index + 100}`, 1, large));
  await Promise.all(records.map((record) => store.save(record)));
  expect(byName(await contentOf(create()))).toEqual(records);
});

test('keeps what the API server itself adds to an object', async () => {
  const store = create();
  await store.save(recordOf('a', 1));
  const body = { metadata: { labels: { kept: 'yes' } } };
  await server.admin.demand('PATCH', pathOf('a'), { body, contentType: MERGE_PATCH });
  await store.save(recordOf('a', 2));
  expect((await server.admin.demand('GET', pathOf('a'))).body).toMatchObject({ ...body, status: { reportCount: 2 } });
});
