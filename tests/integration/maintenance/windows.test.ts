/** A Windows node with the real maintainer: after a reboot its heal begins again, and its proof gives the node back. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import {
  DEFAULT_HEALED_ANNOTATION,
  healNodeWorkflowId,
  proofAnnotation,
  SNAT_PROFILE,
} from '../../../contracts/healing/names.ts';
import { formatNodeProof } from '../../../contracts/healing/node-proof.ts';
import { restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { nodeName } from '../../fixtures/nodes.ts';
import { fields, patchNode } from '../kubernetes/cluster-fixtures.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { CLUSTER, type MaintainerWorld, startMaintainerWorld } from './maintainer-process.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 100 };
const NODE = 'win-1';

const temporal = useTemporalServer({ searchAttributes: true });
let world: MaintainerWorld;

beforeAll(async () => {
  world = await startMaintainerWorld({ address: temporal.server.profile.address });
  await world.addNode(NODE, 'windows');
  await markHealed('boot-1');
  await world.start();
});

afterAll(async () => {
  await world?.stop();
});

const client = () => temporalClient(temporal.connection, temporal.server.profile.namespace);

/** As a heal does that has proven the network for this boot. */
async function markHealed(boot: string): Promise<void> {
  const { body } = await world.server.admin.demand('GET', `/api/v1/nodes/${NODE}`);
  const uid = String(fields(fields(body)['metadata'])['uid']);
  const machine = { machine: '', kernel: '', os: '', image: '', ready: '' };
  const found = { at: new Date().toISOString(), proven: 3, attempts: 3, evidence: 'sandbox', run: 'r' };
  const proof = formatNodeProof({ uid, boot, ...machine, ...found });
  await patchNode(world.server.admin, NODE, {
    annotations: { [DEFAULT_HEALED_ANNOTATION]: 'true', [proofAnnotation(SNAT_PROFILE)]: proof },
  });
}

/** Signals of the heal's run; none where no heal runs. */
async function signals(): Promise<readonly string[]> {
  const heal = client().workflow.getHandle(healNodeWorkflowId({ cluster: CLUSTER, node: nodeName(NODE) }));
  const { events } = await heal.fetchHistory().catch(() => ({ events: [] }));
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? []);
}

test('M23: a Windows node that was started again is given back when its pods have proven their network again', async () => {
  const waiting = world.vigilante('maintain', NODE, '--executor', 'reboot-linux', '--wait');
  const pod = await world.actPodOf(NODE);
  expect(await signals()).toEqual([]);
  await world.reboot(NODE, { pod });
  await waitUntil(async () => (await signals()).length > 0, { what: 'the heal to begin again', ...UNTIL });
  const maintenances = maintenancesOf(client(), { cluster: CLUSTER, searchAttributes: true });
  const isMissing = async () => {
    const status = await maintenances.status(nodeName(NODE));
    return status?.waitsFor.includes('its pods have not proven their network (healed)') === true;
  };
  await waitUntil(isMissing, { what: 'the maintenance to wait for the proof', ...UNTIL });
  expect(await world.nodeState(NODE)).toEqual({ cordoned: true, marked: true });
  await markHealed('boot-2');
  expect(await waiting).toEqual({ code: 0, out: expect.stringContaining(`${NODE}: done: proven; uncordoned`) });
  expect(await signals()).toEqual([restartHealing.name]);
});
