/** Edge cases that need the cluster to themselves: who is rebooted, storms, kills of the maintainer, real alerts. */

import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import {
  evaluateNow,
  REBOOT_ANNOTATION,
  REBOOT_REQUIRED,
  type RebootStatus,
  watchRebootsWorkflowId,
} from '../../contracts/maintenance/watch-reboots.ts';
import { STRATEGIC_PATCH } from '../../sandbox/api-client.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION, type MachineBehaviour } from '../../sandbox/machines/machine-behaviour.ts';
import { nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import { sentinelOf, writeSentinel } from '../../sandbox/machines/sentinel.ts';
import { readyCondition } from '../../sandbox/node-object.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { type PrometheusServer, startPrometheus } from '../integration/alerts/prometheus-server.ts';
import {
  type Alertmanager,
  DAY_MS,
  findAlertmanager,
  startAlertmanager,
} from '../integration/gates/alertmanager-server.ts';
import { addWebhook } from '../integration/maintenance/admission-webhook.ts';
import {
  BLOCKING_POD,
  casesConfig,
  PROMETHEUS_RULES,
  RESTART_GRACE_MS,
  STORM,
  stormNodes,
  WEBHOOK_LABELS,
} from './case-config.ts';
import { type MaintenanceWorld, startMaintenanceWorld } from './maintenance-world.ts';
import { addPod, podsOf, removePod } from './scene-pods.ts';

const UNTIL = { timeoutMs: 240_000, pollMs: 500 };
const UNTOUCHED = { isCordoned: false, isMarked: false, acts: 0 };
const GIVEN_BACK = { isCordoned: false, isMarked: false, acts: 1 };
const MACHINES: Readonly<Record<string, MachineBehaviour>> = {
  // The oldest one has the agent.
  agent: 'reboots',
  blocked: 'reboots',
  next: 'reboots',
  own: 'returns-late:15s',
  silenced: 'reboots',
  pending: 'reboots',
  restarted: 'reboots',
};
const WEBHOOK_NODE = 'webhook';

const alertmanagerProgram = await findAlertmanager();
let alertmanager: Alertmanager | null = null;
let prometheus: PrometheusServer;
let world: MaintenanceWorld;
let maintainer: VigilanteProcess;
const plays = new Map<string, Promise<void>>();

beforeAll(async () => {
  prometheus = await startPrometheus({ interval: '5s', rules: PROMETHEUS_RULES, scrapeConfigs: [] });
  alertmanager = alertmanagerProgram === null ? null : await startAlertmanager(alertmanagerProgram);
  await alertmanager?.fire(DAY_MS, { alertname: 'Watchdog', severity: 'none' });
  const alerts = alertmanager === null ? { source: 'none' } : { source: 'alertmanager', url: alertmanager.url };
  world = await startMaintenanceWorld({
    vigilante: casesConfig(alerts),
    before: async (sandbox) => {
      for (const [name, machine] of Object.entries(MACHINES)) {
        const annotations = { [MACHINE_ANNOTATION]: machine };
        await sandbox.addNode(name, { os: 'linux', boot: randomUUID(), annotations });
      }
      await addWebhookNode(sandbox);
      for (const { name, ...node } of stormNodes()) await sandbox.addNode(name, node);
      await sandbox.startAgents({ count: 1 });
    },
  });
  ({ maintainer } = world);
  await world.maintain(WEBHOOK_NODE);
  for (const [title, play] of PLAYS) {
    const played = play();
    // Its failure is seen by its test.
    played.catch(() => {});
    plays.set(title, played);
  }
}, 600_000);

afterAll(async () => {
  await world?.stop();
  await alertmanager?.stop();
  await prometheus?.stop();
});

/** Its only pod that answers an admission webhook runs on it; the pods of its acts need that answer. */
async function addWebhookNode(sandbox: Sandbox): Promise<void> {
  const node = WEBHOOK_NODE;
  const { uid } = await sandbox.addNode(node, { os: 'linux', boot: randomUUID(), labels: WEBHOOK_LABELS });
  await addPod(sandbox, { node, name: 'server' });
  await addWebhook(sandbox.api, {
    resource: 'pods',
    only: { objectSelector: { matchLabels: { 'vigilante-node-uid': uid } } },
    answer: async () => ((await podsOf(sandbox.api, `${node}-server`)).length > 0 ? 'allows' : 'breaks'),
  });
}

const outcomeOf = async (node: string) => (await world.maintenances.result(nodeName(node))).outcome;

async function untilGivenBack(node: string): Promise<void> {
  const isBack = async () => {
    const state = await world.nodeState(node);
    return state?.acts === 1 && !state.isCordoned && !state.isMarked && (await world.slotOf(node)) === 'free';
  };
  await waitUntil(isBack, { what: `${node} to be rebooted and given back`, ...UNTIL });
}

/** With what it waits for; nothing was done to it. */
async function untilWaits(node: string, why: RegExp): Promise<void> {
  const waits = async () =>
    (await world.reasonsOf(node)).some(({ kind, detail }) => kind === 'gate' && why.test(detail));
  const explain = async () => JSON.stringify(await world.reasonsOf(node));
  await waitUntil(waits, { what: `${node} to wait for ${why}`, ...UNTIL, explain });
  expect(await world.slotOf(node)).toBe('free');
  expect(await world.nodeState(node)).toMatchObject(UNTOUCHED);
}

/** A look at all nodes, just now. */
async function rebootRows(): Promise<RebootStatus['rows']> {
  const watch = world.temporal.workflow.getHandle(watchRebootsWorkflowId(SANDBOX_CLUSTER));
  return (await watch.executeUpdate(evaluateNow)).rows;
}

/** In the place of the one that runs, which is killed. */
async function restartMaintainer(configPath?: string): Promise<void> {
  await maintainer.kill('SIGKILL');
  maintainer = await world.sandbox.startProcess('maintainer', configPath === undefined ? {} : { configPath });
  await maintainer.waitUntilReady();
}

async function blockedReboot(): Promise<void> {
  const { sandbox } = world;
  await addPod(sandbox, BLOCKING_POD);
  const required = { [REBOOT_ANNOTATION]: REBOOT_REQUIRED };
  for (const node of ['blocked', 'next']) await sandbox.annotateNode(node, required);
  await untilGivenBack('next');
  const rows = (await rebootRows()).filter(({ node }) => node === 'blocked');
  expect(rows).toEqual([
    { node: 'blocked', group: 'linux', kind: 'blocked', reason: expect.stringContaining('default/blocked-job') },
  ]);
  expect(await world.slotOf('blocked')).toBe('free');
  expect(await world.nodeState('blocked')).toMatchObject(UNTOUCHED);
  await removePod(sandbox.api, 'blocked-job');
  await untilGivenBack('blocked');
}

async function blindAgent(): Promise<void> {
  const { layout, env } = world.sandbox;
  const says = async (state: string) => {
    const text = await (await fetch(`${env.COLLECTOR_URL}/api/v2/nodes/agent`)).text();
    return new RegExp(`"sentinel":\\{[^}]*"state":"${state}"`).test(text);
  };
  await waitUntil(() => says('absent'), { what: 'the agent to report', ...UNTIL });
  await rm(dirname(sentinelOf(layout, 'agent')), { recursive: true });
  await waitUntil(() => says('unknown'), { what: 'the agent to know nothing', ...UNTIL });
  expect((await rebootRows()).filter(({ node }) => node === 'agent')).toEqual([]);
  expect(await world.slotOf('agent')).toBe('free');
  expect(await world.nodeState('agent')).toMatchObject(UNTOUCHED);
  await writeSentinel(layout, 'agent');
  await untilGivenBack('agent');
}

async function ownReboot(): Promise<void> {
  await world.maintain('own');
  await waitUntil(async () => (await world.nodeState('own'))?.acts === 1, { what: 'the act', ...UNTIL });
  await restartMaintainer();
  expect(await outcomeOf('own')).toBe('done');
  await untilGivenBack('own');
  const acts = nodeSteps(await world.sandbox.auditEvents()).filter(
    ({ node, step }) => node === 'own' && step === 'act',
  );
  expect(acts).toHaveLength(1);
}

/** Side by side: none of them keeps another one waiting for long. */
const PLAYS: readonly (readonly [string, () => Promise<void>])[] = [
  ['M43: case 6, a node that its pods keep from a reboot takes no slot, and the next one goes', blockedReboot],
  ['M43: case 7, an agent that cannot look for the sentinel has no node rebooted', blindAgent],
  ['M16: case 8, a maintainer that is killed by the reboot of its own node does not reboot it again', ownReboot],
];

test.each(PLAYS)('%s', async (title) => {
  await plays.get(title);
});

(alertmanagerProgram === null ? test.skip : test)(
  'M34: case 27, an alert that fires keeps a node waiting, and does not once it is silenced',
  async () => {
    await alertmanager?.fire(DAY_MS, { alertname: 'NodeDown', severity: 'critical' });
    await world.maintain('silenced');
    await untilWaits('silenced', /NodeDown/);
    await alertmanager?.silence('NodeDown');
    expect(await outcomeOf('silenced')).toBe('done');
    await untilGivenBack('silenced');
  },
);

test('M29: case 29, in a storm nothing is cordoned, those in work are given back, and all goes on by itself', async () => {
  const { sandbox } = world;
  const statesOf = (nodes: readonly string[]) => Promise.all(nodes.map((node) => world.nodeState(node)));
  const cordons = async () =>
    nodeSteps(await sandbox.auditEvents())
      .filter(({ node, step }) => node.startsWith(STORM.group) && step === 'mark-and-cordon')
      .map(({ node }) => node)
      .toSorted();
  const breaker = async () => (await world.budget())?.breaker;
  await Promise.all(STORM.inWork.map((node) => world.maintain(node)));
  const areAway = async () => (await statesOf(STORM.inWork)).every((state) => state?.acts === 1);
  await waitUntil(areAway, { what: 'the machines in work to be away', ...UNTIL });
  // The API server has had no word of their kubelets for a minute.
  const lost = { status: { conditions: [readyCondition(false, new Date(Date.now() - 60_000))] } };
  for (const node of STORM.lost) {
    const path = `/api/v1/nodes/${node}/status`;
    await sandbox.api.demand('PATCH', path, { body: lost, contentType: STRATEGIC_PATCH });
  }
  await Promise.all(STORM.waiting.map((node) => world.maintain(node)));
  for (const node of STORM.waiting) {
    await waitUntil(async () => (await world.reasonsOf(node)).length > 0, { what: `${node} to wait`, ...UNTIL });
    expect((await world.reasonsOf(node)).map(({ kind }) => kind)).toEqual(['breaker']);
  }
  expect(await Promise.all(STORM.inWork.map(outcomeOf))).toEqual(STORM.inWork.map(() => 'done'));
  for (const node of STORM.inWork) await untilGivenBack(node);
  expect(await breaker()).toMatchObject({ failures: null, unavailable: { overSinceMs: null } });
  expect(await cordons()).toEqual([...STORM.inWork]);
  for (const state of await statesOf([...STORM.waiting, ...STORM.lost])) expect(state).toMatchObject(UNTOUCHED);
  for (const node of STORM.lost) {
    await sandbox.setNodeReady(node, true);
    await world.maintain(node);
  }
  const others = [...STORM.lost, ...STORM.waiting];
  expect(await Promise.all(others.map(outcomeOf))).toEqual(others.map(() => 'done'));
  expect(await breaker()).toMatchObject({ failures: null, unavailable: null });
  expect(await cordons()).toEqual([...STORM.inWork, ...others]);
  for (const state of await statesOf(others)) expect(state).toMatchObject(GIVEN_BACK);
});

test('M16: case 18, the only pod of a webhook is drained, so that no act can begin: the node is given back', async () => {
  expect(await world.maintenances.result(nodeName(WEBHOOK_NODE))).toMatchObject({
    outcome: 'act-failed',
    detail: expect.stringMatching(
      /^the act failed and the node is as before: it could not be begun in time: .*webhook/,
    ),
  });
  expect(await podsOf(world.sandbox.api, `${WEBHOOK_NODE}-server`)).toEqual([]);
  expect(await world.slotOf(WEBHOOK_NODE)).toBe('free');
  expect(await world.nodeState(WEBHOOK_NODE)).toMatchObject(UNTOUCHED);
});

describe('with the alerts of a real Prometheus', () => {
  beforeAll(async () => {
    const path = join(world.sandbox.layout.folder, 'conf-prometheus.yaml');
    const config = casesConfig({ source: 'prometheus', url: prometheus.url });
    await writeFile(path, stringify({ cluster: SANDBOX_CLUSTER, ...config }));
    await restartMaintainer(path);
  }, 240_000);

  test('M34: case 27, an alert that is pending all the time keeps no node waiting', async () => {
    const alerts = await prometheus.query('ALERTS{alertname="Slow"}');
    expect(alerts.map(({ labels }) => labels['alertstate'])).toEqual(['pending']);
    await world.maintain('pending');
    expect(await outcomeOf('pending')).toBe('done');
    await untilGivenBack('pending');
  });

  test('M34: case 28, nothing is begun while Prometheus is away, nor until an alert would fire again after its restart', async () => {
    await prometheus.kill();
    await world.maintain('restarted');
    await untilWaits('restarted', /ECONNREFUSED/);
    await prometheus.start();
    await untilWaits('restarted', /did not fire in the minute|may be pending again/);
    const { outcome, steps } = await world.maintenances.result(nodeName('restarted'));
    expect(outcome).toBe('done');
    // The minute that was quiet began after the grace.
    const markedMs = steps.find(({ step }) => step === 'mark')?.fromMs ?? 0;
    expect(markedMs).toBeGreaterThanOrEqual((await startedMs()) + RESTART_GRACE_MS + 60_000);
    await untilGivenBack('restarted');
  });
});

/** By its own word. */
async function startedMs(): Promise<number> {
  const answer = await fetch(`${prometheus.url}/api/v1/status/runtimeinfo`);
  const { data } = (await answer.json()) as { readonly data: { readonly startTime: string } };
  return Date.parse(data.startTime);
}
