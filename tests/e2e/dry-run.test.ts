/** M8: a maintainer in a dry run, with all that it does switched on: the audit log has no write of its account. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { main } from '../../cli/main.ts';
import { formatMark } from '../../contracts/maintenance/mark.ts';
import { MAINTENANCE_ANNOTATION } from '../../contracts/maintenance/names.ts';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../contracts/maintenance/watch-reboots.ts';
import { auditUser } from '../../sandbox/audit.ts';
import { SANDBOX_CLUSTER, serviceAccountOf } from '../../sandbox/layout.ts';
import { linuxNodePlan } from '../../sandbox/machines/linux-nodes.ts';
import { REBOOT_EXECUTOR, withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { deployWorkloads } from '../../sandbox/machines/workloads.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { privilegesWatchOf } from '../../temporal/privileges/watch.ts';
import { mark } from '../fixtures/maintenance.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { type MaintenanceWorld, startMaintenanceWorld } from './maintenance-world.ts';

const READS = ['get', 'list', 'watch'];
const UNTIL = { timeoutMs: 240_000, pollMs: 500 };
/** One zone: a node that is left of an earlier maintenance keeps no other from its slot. */
const [abandoned, byHand, ...needy] = linuxNodePlan(4).map(({ name }) => name);

let world: MaintenanceWorld;

beforeAll(async () => {
  const { maintenance, ...config } = withMaintenance({}, { nodesMax: 3, isDryRun: true });
  world = await startMaintenanceWorld({
    vigilante: {
      ...config,
      maintenance: { ...Object(maintenance), privileges: { enabled: true, declared: '/nothing/is/declared.yaml' } },
    },
    async before(sandbox) {
      for (const { name, ...node } of linuxNodePlan(4)) await sandbox.addNode(name, { ...node, zone: 'a' });
      for (const name of needy) await sandbox.annotateNode(name, { [REBOOT_ANNOTATION]: REBOOT_REQUIRED });
      const left = mark({ workflow: `maintain-node/${SANDBOX_CLUSTER}/${abandoned}`, group: 'linux' });
      await sandbox.annotateNode(abandoned ?? '', { [MAINTENANCE_ANNOTATION]: formatMark(left) });
      await deployWorkloads(sandbox.api, [{ name: 'web', replicas: 4, minAvailable: 2 }]);
    },
  });
}, 600_000);

afterAll(async () => {
  await world?.stop();
});

async function maintainByHand(): Promise<string> {
  const { TEMPORAL_ADDRESS, KUBECONFIG, VIGILANTE_CONFIG } = world.sandbox.env;
  const output: string[] = [];
  const reach = ['--address', TEMPORAL_ADDRESS, '--kubeconfig', KUBECONFIG, '--config', VIGILANTE_CONFIG];
  const args = ['maintain', byHand ?? '', '--executor', REBOOT_EXECUTOR, '--wait'];
  await main([...args, ...reach], {
    write: (text) => void output.push(text),
    note: (text) => void output.push(text),
    interactive: false,
    columns: 120,
    nowMs: () => Date.now(),
    pause: async () => {},
    interrupted: () => false,
  });
  return output.join('');
}

test('M8: reboots, a maintenance by hand, a recovery and drifts in a dry run are shown, and nothing is written', async () => {
  expect(await maintainByHand()).toContain('skipped: a dry run');
  for (const name of needy) {
    const isSkipped = async () => (await world.maintenances.outcome(nodeName(name))) === 'skipped';
    await waitUntil(isSkipped, { what: `the reboot of ${name} to be skipped`, ...UNTIL });
  }
  const privileges = privilegesWatchOf(world.temporal, SANDBOX_CLUSTER);
  const isDriftUnwritten = async () => {
    const answer = await privileges.ask();
    return answer.kind === 'status' && answer.status.writeProblem?.includes('this is a dry run') === true;
  };
  await waitUntil(isDriftUnwritten, { what: 'an Event about a drift to be kept back', ...UNTIL });
  const isRecovering = async () => (await world.maintenances.state(nodeName(abandoned ?? ''))) === 'running';
  await waitUntil(isRecovering, { what: 'the node that was left to be recovered', ...UNTIL });

  const user = auditUser(serviceAccountOf('maintainer'));
  const asked = (await world.sandbox.auditEvents()).filter((event) => event.user === user);
  expect(asked.filter(({ verb }) => !READS.includes(verb)).map(({ verb, uri }) => `${verb} ${uri}`)).toEqual([]);
  expect(asked.length).toBeGreaterThan(10);
  for (const name of [byHand, ...needy]) {
    expect(await world.nodeState(name ?? '')).toMatchObject({ isCordoned: false, isMarked: false, acts: 0 });
  }
  expect(await world.nodeState(abandoned ?? '')).toMatchObject({ isMarked: true, acts: 0 });
});
