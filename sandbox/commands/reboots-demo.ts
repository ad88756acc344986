/** `sandbox demo --reboots`: sixteen Linux nodes are rebooted before your eyes, and no workload notices. */

import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../contracts/maintenance/watch-reboots.ts';
import type { SandboxProcess } from '../child-process.ts';
import { rememberSandbox } from '../current-sandbox.ts';
import { isRebooted, rebootRows } from '../demo/reboots/reboot-table.ts';
import { readNodes, watchReboots } from '../demo/reboots/reboot-views.ts';
import { truthOf } from '../demo/reboots/truth.ts';
import { createScreen } from '../demo/screen.ts';
import { createStandstill } from '../demo/standstill.ts';
import { EXIT_FAILED, EXIT_OK } from '../exit-code.ts';
import { addLinuxNodes } from '../machines/linux-nodes.ts';
import { withMaintenance } from '../machines/maintenance-config.ts';
import { deployWorkloads, readyReplicas, type Workload } from '../machines/workloads.ts';
import { type Sandbox, startSandbox } from '../start-sandbox.ts';
import { endSandbox, startComponents } from './components.ts';
import { demandRunning } from './running.ts';
import { signalReceived } from './signals.ts';

const NODES = 16;
const NODES_IN_WORK_MAX = 3;
const WORKLOADS: readonly Workload[] = [
  { name: 'web', replicas: 8, minAvailable: 6 },
  { name: 'api', replicas: 6, minAvailable: 5 },
  { name: 'queue', replicas: 3, minAvailable: 2 },
];
/** Nothing has changed for this long: nothing will any more. */
const STANDSTILL_MAX_MS = 15 * 60_000;

export async function runRebootsDemo(): Promise<number> {
  process.stderr.write('starting etcd, the Kubernetes control plane, simulated machines and Temporal…\n');
  const vigilante = withMaintenance({}, { nodesMax: NODES_IN_WORK_MAX });
  const sandbox = await startSandbox({ vigilante, machines: true });
  try {
    await rememberSandbox(sandbox.layout);
    await addLinuxNodes(sandbox, NODES);
    process.stderr.write('starting three Deployments, worker, starter, collector and maintainer…\n');
    await deployWorkloads(sandbox.api, WORKLOADS);
    return await showReboots(sandbox, await startComponents(sandbox));
  } finally {
    await endSandbox(sandbox);
  }
}

async function showReboots(sandbox: Sandbox, components: readonly SandboxProcess[]): Promise<number> {
  const { TEMPORAL_UI_URL } = sandbox.env;
  const before = new Map((await readNodes(sandbox.api)).map(({ node, bootId }) => [node, bootId]));
  for (const node of before.keys()) await sandbox.annotateNode(node, { [REBOOT_ANNOTATION]: REBOOT_REQUIRED });
  const rows = rebootRows(before);
  const notes = [
    `Temporal UI: ${TEMPORAL_UI_URL}/namespaces/default/workflows`,
    'From another terminal: eval "$(bin/vigilante sandbox env)", then vigilante maintenance, vigilante reboots, …',
  ];
  const screen = createScreen(process.stdout, notes, rows);
  const ended = new AbortController();
  void signalReceived().then(() => ended.abort());
  const standstill = createStandstill(STANDSTILL_MAX_MS);
  for await (const views of watchReboots(sandbox, ended.signal)) {
    const away = views.filter(({ isCordoned }) => isCordoned).length;
    screen.show(views, `budget: ${away} of ${NODES_IN_WORK_MAX} nodes are away`);
    await demandRunning(components);
    if (views.every((view) => isRebooted(view, before))) break;
    if (standstill.reached(views.map(rows.line).join('\n'), Date.now())) break;
  }
  const { line, isGood } = truthOf({
    nodes: await readNodes(sandbox.api),
    before,
    events: await sandbox.auditEvents(),
    workloads: WORKLOADS,
    readyPods: await readyReplicas(sandbox.api),
    nodesMax: NODES_IN_WORK_MAX,
  });
  process.stdout.write(`${line}\n`);
  return isGood ? EXIT_OK : EXIT_FAILED;
}
