/** Pods on a real API server, listed, judged and told of with the rights of the maintainer's account alone. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';

import { createPrivilegesActivities } from '../../../activities/privileges/activities.ts';
import { parseDeclaredFile } from '../../../config/privileges/declared-file.ts';
import type {
  PrivilegesActivities,
  PrivilegesEvaluation,
  RecordPrivilegeDriftInput,
  RecordPrivilegeDriftResult,
} from '../../../contracts/privileges/activities.ts';
import type { PrivilegesReport } from '../../../contracts/privileges/watch-privileges.ts';
import { driftRows } from '../../../domain/privileges/report.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createObjectEvents } from '../../../kubernetes/client/events.ts';
import { createRunningContainers } from '../../../kubernetes/privileges/pods.ts';
import { allRights } from '../../../sandbox/rbac.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { declaredFile, POD_CASES, type PodCase } from './pod-specs.ts';

/** Nothing is enforced there. */
const NAMESPACE = 'cases';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
/** Those that privileges need; tests/integration/maintenance has the others. */
const RIGHTS = (await allRights()).filter(
  ({ component, scope, resource, verb }) =>
    component === 'maintainer' &&
    scope === 'clusterRules' &&
    ['list pods', 'create events'].includes(`${verb} ${resource}`),
);

let apiServer: TestApiServer;
let cluster: ClusterConnection;

beforeAll(async () => {
  apiServer = await startApiServer();
  const { admin } = apiServer;
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  for (const [index, one] of POD_CASES.entries()) await addPod(one, index);
  cluster = connectCluster({ kubeconfig: apiServer.kubeconfig('maintainer'), proxyFor: () => null });
});

afterAll(async () => {
  await cluster?.close();
  await apiServer?.stop();
});

/** The test plays scheduler and kubelet. */
async function addPod({ name, pod, container, user }: PodCase, index: number): Promise<void> {
  const spec = { nodeName: 'node-1', ...pod, containers: [{ name, image: 'some', ...container }] };
  await apiServer.admin.demand('POST', PODS, { body: { metadata: { name }, spec } });
  const state = {
    name,
    containerID: `containerd://${index.toString(16).padStart(64, '0')}`,
    ready: true,
    restartCount: 0,
    image: 'some',
    imageID: 'some',
    ...(user === undefined ? {} : { user: { linux: user } }),
  };
  await apiServer.admin.demand('PATCH', `${PODS}/${name}/status`, {
    body: { status: { phase: 'Running', containerStatuses: [state] } },
    contentType: 'application/merge-patch+json',
  });
}

function activitiesOf() {
  const read = parseDeclaredFile(declaredFile());
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const activities = createPrivilegesActivities({
    containers: createRunningContainers(cluster),
    collector: { url: 'http://collector', ask: () => Promise.resolve({ status: 200, body: [] }) },
    declared: () => ({ kind: 'declared', declarations: read.declarations, problem: null }),
    events: createObjectEvents(cluster),
    intervalMs: 1,
  });
  return {
    async report(): Promise<PrivilegesReport> {
      const environment = new MockActivityEnvironment();
      const evaluation = await environment.run<[], PrivilegesEvaluation, PrivilegesActivities['evaluatePrivileges']>(
        activities.evaluatePrivileges,
      );
      if (evaluation.kind !== 'report') throw new Error(evaluation.message);
      return evaluation.report;
    },
    record: (input: RecordPrivilegeDriftInput) =>
      new MockActivityEnvironment().run<
        [RecordPrivilegeDriftInput],
        RecordPrivilegeDriftResult,
        PrivilegesActivities['recordPrivilegeDrift']
      >(activities.recordPrivilegeDrift, input),
  };
}

interface EventList {
  readonly items: readonly { readonly involvedObject: { readonly name: string }; readonly reason: string }[];
}

async function eventsInNamespace(): Promise<EventList['items']> {
  const { body } = await apiServer.admin.demand('GET', `/api/v1/namespaces/${NAMESPACE}/events`);
  return (body as EventList).items;
}

test('M50: forty pods on a real API server are judged as by hand', async () => {
  const { rows, counts } = await activitiesOf().report();
  const judged = Object.fromEntries(rows.map(({ container, judgement }) => [container, judgement]));
  expect(judged).toEqual(Object.fromEntries(POD_CASES.map(({ name, judgement }) => [name, judgement])));
  expect(POD_CASES).toHaveLength(40);
  expect(counts.absent).toBe(0);
});

test('M51: each drift is one Event in the namespace of its pod, however often it is recorded', async () => {
  const { report, record } = activitiesOf();
  const rows = driftRows(await report());
  for (let count = 0; count < 2; count += 1) expect(await record({ atMs: 1, rows })).toEqual({ problem: null });
  const drifting = POD_CASES.filter(({ judgement }) => ['more', 'unknown'].includes(judgement)).map(({ name }) => name);
  const events = await eventsInNamespace();
  expect(events.map(({ involvedObject }) => involvedObject.name).toSorted()).toEqual(drifting.toSorted());
  expect(new Set(events.map(({ reason }) => reason))).toEqual(new Set(['PrivilegeDrift']));
});

test.each(RIGHTS.map((right) => ({ right, title: `${right.verb} ${right.resource}` })))(
  'M54: needed: $title',
  async ({ right, title }) => {
    const { report, record } = activitiesOf();
    const rows = driftRows(await report()).slice(0, 1);
    await apiServer.setRights([right]);
    try {
      const refusal = title === 'list pods' ? String(await report().catch((error: unknown) => error)) : null;
      const problem = refusal ?? (await record({ atMs: 2, rows })).problem;
      expect(problem).toMatch(new RegExp(`${title}.*403 Forbidden`));
    } finally {
      await apiServer.setRights([]);
    }
  },
);
