/** Rolling reboots with real processes: a watch, a maintainer, and a collector that agents report to. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../../contracts/maintenance/watch-reboots.ts';
import { STRATEGIC_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { rebootsWatchOf } from '../../../temporal/maintenance/reboots.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { type CollectorProcesses, collectorProcesses } from '../collector/collector-process.ts';
import { reportBody } from '../collector/collector-world.ts';
import { annotationsOf, patchNode } from '../kubernetes/cluster-fixtures.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { CLUSTER, FREE, type MaintainerWorld, startMaintainerWorld } from './maintainer-process.ts';
import { addPod, newNamespace } from './maintenance-world.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 200 };
/** In the order in which they are to be rebooted. */
const NEEDY = ['asked', 'deadlock', 'sentinel'] as const;
const NODES = [...NEEDY, 'well'];
const CONDITION = 'KernelDeadlock';
/** Written while the node was up, which is for an hour. */
const SENTINEL = { state: 'present', changedMs: Date.now() - 600_000 };

const temporal = useTemporalServer({ searchAttributes: true });
let world: MaintainerWorld;
let collectors: CollectorProcesses;
let namespace: string;

beforeAll(async () => {
  world = await startMaintainerWorld({
    address: temporal.server.profile.address,
    config: () => ({
      connectivity: { collectorUrl: collectors.url },
      maintenance: {
        prove: { settle: '1s', returnWithin: '5m', connectivity: 'required' },
        reboots: { enabled: true, interval: '10s', minUptime: '1m', conditions: [CONDITION] },
      },
    }),
  });
  for (const name of NODES) await world.addNode(name);
  collectors = await collectorProcesses({ kubeconfig: world.server.kubeconfig('admin').path });
  namespace = await newNamespace(world.server.admin);
});

afterAll(async () => {
  await collectors?.stop();
  await world?.stop();
});

async function setCondition(node: string, status: 'True' | 'False'): Promise<void> {
  const conditions = [{ type: CONDITION, status, lastTransitionTime: new Date().toISOString() }];
  await world.server.admin.demand('PATCH', `/api/v1/nodes/${node}/status`, {
    body: { status: { conditions } },
    contentType: STRATEGIC_PATCH,
  });
}

test('M43, M18: nodes that need a reboot are rebooted one after the other, proven by their agents, and no other node', async () => {
  const collector = await collectors.start();
  const report = async (node: string, bootId: string, sentinel: object, uptime: number) => {
    const body = reportBody(`agent-${node}`, {
      nodename: node,
      report_interval: 300,
      uptime,
      host: { bootId, sentinel },
    });
    expect((await collector.call('POST', `/api/v1/agents/agent-${node}`, { body })).status).toBe(200);
  };
  for (const node of NODES) {
    const pod = { namespace, name: `agent-${node}`, node: nodeRef(node) };
    await addPod(world.server.admin, pod, { labels: { app: 'netchecker-agent' }, owner: 'DaemonSet' });
  }
  for (const node of NODES) {
    await report(node, 'boot-1', node === 'sentinel' ? SENTINEL : { state: 'absent' }, 3_600);
  }
  await patchNode(world.server.admin, 'asked', { annotations: { [REBOOT_ANNOTATION]: REBOOT_REQUIRED } });
  await setCondition('deadlock', 'True');
  await world.start();
  const client = temporalClient(temporal.connection, temporal.server.profile.namespace);
  const [watch, guard] = [rebootsWatchOf(client, CLUSTER), maintenanceGuardOf(client, CLUSTER)];
  // They ask in any order: whoever has asked first must not have its slot before the others have asked.
  const who = { by: 'test', reason: 'all are to have asked' };
  await guard.pause({ ...who, untilMs: Date.now() + 600_000 });
  await watch.ensure();
  const haveAsked = async () => {
    const answer = await guard.status();
    return answer.kind === 'status' && answer.status.waitingCount === NEEDY.length;
  };
  await waitUntil(haveAsked, { what: 'all to have asked', ...UNTIL });
  await guard.resume(who);
  for (const node of NEEDY) {
    const pod = await world.actPodOf(node);
    expect(await world.actPods()).toEqual([pod]);
    for (const other of NODES) {
      expect(await world.nodeState(other)).toEqual(other === node ? { cordoned: true, marked: true } : FREE);
    }
    if (node === 'deadlock') await setCondition(node, 'False');
    await report(node, 'boot-2', { state: 'absent' }, 5);
    await world.reboot(node, { pod });
    await world.untilFree(node);
  }
  const isOver = async () => {
    const answer = await watch.status();
    return answer.kind === 'status' && answer.status.requiredCount === 0 && answer.status.inWork.length === 0;
  };
  await waitUntil(isOver, { what: 'no node to need a reboot', ...UNTIL });
  const annotations = (await annotationsOf(world.server.admin, 'asked')) ?? {};
  expect(Object.keys(annotations)).not.toContain(REBOOT_ANNOTATION);
  const shown = await world.vigilante('reboots');
  expect(shown.code).toBe(0);
  // There may have been a look between the two.
  const { code, out } = await world.vigilante('reboots', 'status');
  expect({ code, out: timeless(out) }).toEqual({ ...shown, out: timeless(shown.out) });
  expect((await world.vigilante('reboots', 'begin')).code).toBe(2);
});

function timeless(text: string): string {
  return text.replaceAll(/\d{2}:\d{2}:\d{2} UTC/g, 'some time');
}
