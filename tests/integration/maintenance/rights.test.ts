/** Each right of the maintainer's account in charts/vigilante/files/rbac.yaml is needed by what it does to a node, and no other. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createApprovalActivities } from '../../../activities/upgrade/approvals.ts';
import type { MaintenanceActivities } from '../../../contracts/maintenance/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import type { CheckName } from '../../../domain/upgrade/check.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createApprovals } from '../../../kubernetes/upgrade/approvals.ts';
import { applyCustomResources } from '../../../sandbox/crds.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { allRights, type Right } from '../../../sandbox/rbac.ts';
import { mark, REBOOT } from '../../fixtures/maintenance.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode, patchNodeInfo } from '../kubernetes/cluster-fixtures.ts';
import { checkOne, preflightWorld } from '../upgrade/preflight-world.ts';
import {
  ACT_NAMESPACE,
  addBudget,
  addPod,
  asActivity,
  type DepsChange,
  maintenanceDeps,
  newNamespace,
} from './maintenance-world.ts';

const RIGHTS = (await allRights()).filter(({ component }) => component === 'maintainer');
const rightName = ({ scope, resource, verb }: Right) => `${scope} ${resource} ${verb}`;

/** A right that covers another one, and that the chart gives in fewer cases. */
const WIDER: Readonly<Record<string, string>> = { 'namespaceRules pods delete': 'clusterRules pods delete' };

let server: TestApiServer;
let connection: ClusterConnection;
let node: NodeRef;
const dropped: string[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await applyCustomResources(server.admin);
  const accounts = `/api/v1/namespaces/${ACT_NAMESPACE}/serviceaccounts`;
  await server.admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  node = await createNode(server.admin, 'lin-1', { labels: { 'kubernetes.io/os': 'linux' } });
  await patchNodeInfo(server.admin, node.name, { bootID: 'boot-1', kubeletVersion: 'v1.36.3' });
  connection = connectCluster({ kubeconfig: server.kubeconfig('maintainer') });
  // One that is demanded, for objects that nobody makes: its Service is asked for.
  await server.admin.demand('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    body: {
      metadata: { name: 'demanded' },
      webhooks: [
        {
          name: 'leases.policy.example.org',
          clientConfig: { service: { namespace: 'default', name: 'policy' } },
          rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['examples'] }],
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
        },
      ],
    },
  });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

function run<T>(activity: (activities: MaintenanceActivities) => Promise<T>, change: DepsChange = {}): Promise<T> {
  const onEventDropped = (reason: string) => dropped.push(reason);
  return asActivity(maintenanceDeps(connection, { onEventDropped, ...change }), activity);
}

const { run: runName, workflow, group, purpose } = mark();
const GIVEN = { run: runName, workflow, group, purpose, expect: REBOOT };
const act = (key: string) => ({ node, run: runName, phase: 'node', executor: 'act', expect: REBOOT, key }) as const;
const watched = (id: string) => ({
  node,
  baseline: { kubelet: null, bootId: 'boot-1' },
  expect: REBOOT,
  settleMs: 40,
  forMs: 50,
  handle: { executor: 'act', id },
  failure: null,
  asksForHealing: false,
  awayMs: 0,
  awayMaxMs: 60_000,
});
const LOOK = {
  slots: [],
  requests: [],
  shown: { held: [], isBreakerOpen: false, pauseUntilMs: null, waiting: [] },
};

let acts = 0;

/** Names of pods that were made while the right was there. */
async function newAct(): Promise<string> {
  acts += 1;
  const started = await run((activities) => activities.startAct(act(`key-${acts}`)));
  if (started.kind !== 'started') throw new Error(started.detail);
  return started.handle.id;
}

/** For each right what is done with it, after what has to be there. */
const DEEDS: Readonly<Record<string, { prepare?: () => Promise<string>; do: (prepared: string) => Promise<unknown> }>> =
  {
    'clusterRules nodes list': { do: () => run((activities) => activities.surveyCluster(LOOK)) },
    'clusterRules nodes get': {
      do: () => run((activities) => activities.observeNode({ node, executor: null, phase: 'node' })),
    },
    'clusterRules nodes patch': {
      do: async () => {
        const marked = await run((activities) => activities.markNode({ node, mark: GIVEN, cordons: true }));
        return run((activities) =>
          activities.giveBackNode({ node, mark: 'mark' in marked ? marked.mark : mark(), uncordons: true }),
        );
      },
    },
    'clusterRules pods list': { do: () => drained() },
    'clusterRules pods/eviction create': {
      prepare: async () => {
        const namespace = await newNamespace(server.admin);
        await addPod(server.admin, { namespace, name: 'web', node });
        return namespace;
      },
      do: async (namespace) => {
        const result = await drained();
        await removePod(namespace);
        return result;
      },
    },
    'clusterRules pods delete': {
      prepare: async () => {
        const namespace = await newNamespace(server.admin);
        await addPod(server.admin, { namespace, name: 'web', node });
        await addBudget(server.admin, { namespace, name: 'none' }, 0);
        return namespace;
      },
      do: async (namespace) => {
        const { settings } = maintenanceDeps(connection);
        const force = [[{ kind: 'in', key: 'app', values: ['web'] } as const]];
        const result = await drained({ settings: { ...settings, drain: { ...settings.drain, force } } });
        await removePod(namespace);
        return result;
      },
    },
    'clusterRules volumeattachments list': {
      do: () => run((activities) => activities.detachVolumes({ node, forMs: 50 })),
    },
    'clusterRules events create': {
      do: async () => {
        dropped.splice(0);
        const message = 'some';
        await run((activities) =>
          activities.recordMaintenance({ node, event: 'DrainBlocked', message, key: `key-${(acts += 1)}` }),
        );
        return dropped.length === 0 ? 'written' : '403: the Event was left out';
      },
    },
    'releaseNamespaceRules approvals list': { do: () => lookedAtApprovals() },
    'clusterRules poddisruptionbudgets list': { do: () => checked('budgets') },
    'clusterRules endpointslices list': { do: () => checked('skew') },
    'clusterRules validatingwebhookconfigurations list': { do: () => checked('webhooks') },
    'clusterRules mutatingwebhookconfigurations list': { do: () => checked('webhooks') },
    'clusterRules customresourcedefinitions list': { do: () => checked('webhooks') },
    'clusterRules services get': { do: () => checked('webhooks') },
    'clusterRules apiservices list': { do: () => checked('api-health') },
    'clusterRules certificatesigningrequests list': { do: () => checked('pending-csrs') },
    'clusterRules /metrics get': { do: () => checked('removed-apis', server.url) },
    'namespaceRules pods create': {
      do: () => run((activities) => activities.startAct(act(`key-${(acts += 1)}`))),
    },
    'namespaceRules pods get': {
      prepare: newAct,
      do: (pod) => run((activities) => activities.watchNode(watched(pod))),
    },
    'namespaceRules pods delete': {
      prepare: newAct,
      do: () => run((activities) => activities.giveBackNode({ node, mark: mark(), uncordons: true })),
    },
  };

function lookedAtApprovals() {
  const rules = { required: true, count: 1, notByStarter: true };
  const approvals = createApprovals(connection, RELEASE_NAMESPACE);
  const activities = createApprovalActivities({ rules, approvals, serverNowMs: connection.serverNowMs });
  const input = { run: runName, planDigest: 'sha256:a', startedBy: 'anna' };
  return new MockActivityEnvironment().run<[], unknown, () => Promise<unknown>>(() =>
    activities.lookAtApprovals(input),
  );
}

/** Without the address of an API server the EndpointSlices are asked for it. */
async function checked(check: CheckName, url: string | null = null) {
  const world = preflightWorld(server.kubeconfig('maintainer'), url);
  try {
    return await checkOne(world.deps(), check);
  } finally {
    await world.close();
  }
}

async function removePod(namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/web?gracePeriodSeconds=0`;
  await server.admin.demand('DELETE', path, { alsoFine: [404] });
}

async function drained(change: DepsChange = {}) {
  const path = `/api/v1/nodes/${node.name}`;
  const cordon = (unschedulable: true | null) =>
    server.admin.demand('PATCH', path, {
      body: { spec: { unschedulable } },
      contentType: 'application/merge-patch+json',
    });
  await cordon(true);
  try {
    return await run((activities) => activities.drainNode({ node, purpose: 'by-hand', forMs: 10 }), change);
  } finally {
    await cordon(null);
  }
}

test('M54: every right has something that is done with it here', () => {
  expect(Object.keys(DEEDS).toSorted()).toEqual(RIGHTS.map(rightName).toSorted());
});

test.each(RIGHTS.map((right) => ({ right, title: rightName(right) })))(
  'M54: needed: $title',
  async ({ right, title }) => {
    const deed = DEEDS[title];
    if (deed === undefined) throw new Error(`nothing is done with ${title}`);
    const done = async () => {
      const prepared = (await deed.prepare?.()) ?? '';
      return { prepared, try: () => deed.do(prepared).then(JSON.stringify, String) };
    };
    expect(await (await done()).try()).not.toMatch(/403|cannot \w+ resource/);
    const without = await done();
    await server.setRights(RIGHTS.filter((one) => one === right || rightName(one) === WIDER[title]));
    try {
      expect(await without.try()).toMatch(/403|cannot \w+ resource/);
    } finally {
      await server.setRights([]);
    }
  },
);

test.each([
  ['get', 'secrets', '', null],
  ['watch', 'nodes', '', null],
  ['update', 'nodes', '', null],
  ['delete', 'nodes', '', null],
  ['patch', 'nodes', 'status', null],
  ['create', 'pods', '', 'default'],
  ['create', 'pods', '', 'vigilante'],
  ['create', 'pods', 'exec', ACT_NAMESPACE],
  ['patch', 'pods', '', ACT_NAMESPACE],
  ['list', 'events', '', 'default'],
  ['list', 'services', '', null],
  ['list', 'poddisruptionbudgets', 'status', null],
  ['update', 'certificatesigningrequests', '', null],
])('M54: refused: %s %s %s in %s', async (verb, resource, subresource, namespace) => {
  const user = 'system:serviceaccount:vigilante:vigilante-maintainer';
  const resourceAttributes = { verb, resource, subresource, ...(namespace === null ? {} : { namespace }) };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const { body } = await server.admin.demand('POST', path, { body: { spec: { user, resourceAttributes } } });
  expect(JSON.stringify(body)).toContain('"allowed":false');
});
