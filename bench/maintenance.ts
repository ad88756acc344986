/** `maintenance`: rolling reboots of many nodes on one budget; how soon a free slot is used, and what a node costs. */

import { parseArgs } from 'node:util';
import { maintainNodeWorkflowId } from '../contracts/maintenance/names.ts';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../contracts/maintenance/watch-reboots.ts';
import type { AuditEvent } from '../sandbox/audit.ts';
import { SANDBOX_CLUSTER } from '../sandbox/layout.ts';
import { linuxNodePlan } from '../sandbox/machines/linux-nodes.ts';
import { withMaintenance } from '../sandbox/machines/maintenance-config.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { nodeName } from '../tests/fixtures/nodes.ts';
import { temporalClientOf } from '../tests/fixtures/sandbox-temporal.ts';
import { maintenanceFigures } from './maintenance-figures.ts';
import { useByProgram } from './processes.ts';
import { type BenchResult, percentile, UsageError, wholeNumber } from './result.ts';

const ALL_TIMEOUT_MS = 3_600_000;
/** Each look lists all nodes on the cores that are measured: seldom. */
const POLL_MS = 5_000;
/** Histories are read one after the other. */
const HISTORIES_MAX = 50;
/** kured looks once in its period, and reboots one node at a time; reckoned, not run. */
const KURED_PERIOD_HOURS = 1;

export async function maintenance(args: readonly string[]): Promise<BenchResult> {
  const { nodes, budget } = optionsOf(args);
  const rows = [];
  for (const count of nodes) {
    process.stderr.write(`${count} nodes, ${budget} at a time\n`);
    rows.push({ nodes: count, budget, ...(await measure(count, budget)) });
  }
  return { title: 'rolling reboots; seconds from a free slot to the next cordon, from the audit log', rows };
}

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '100' },
      /** Nodes that may be away at a time. */
      budget: { type: 'string', default: '20' },
    },
  });
  const budget = wholeNumber('--budget', values.budget, { min: 1, max: 50 });
  const nodes = values.nodes.split(',').map((text) => wholeNumber('--nodes', text, { min: 1, max: 1_000 }));
  if (nodes.some((count) => count <= budget)) throw new UsageError(`--nodes ${values.nodes}: more than --budget`);
  return { nodes, budget };
}

async function measure(count: number, budget: number) {
  const plan = linuxNodePlan(count);
  const sandbox = await startSandbox({
    // A slot of another zone would not be free.
    vigilante: withMaintenance({}, { nodesMax: budget, oneZoneAtATime: false }),
    machines: true,
    report: () => {},
  });
  try {
    const annotations = { [REBOOT_ANNOTATION]: REBOOT_REQUIRED };
    for (const { name, ...node } of plan) await sandbox.addNode(name, { ...node, annotations });
    const components = ['collector', 'maintainer', 'starter'] as const;
    const started = await Promise.all(components.map((component) => sandbox.startProcess(component)));
    await Promise.all(started.map((process) => process.waitUntilReady()));
    let maintainerMb = 0;
    const areRebooted = async () => {
      maintainerMb = Math.max(maintainerMb, (await useByProgram(sandbox)).get('maintainer')?.rssMb ?? 0);
      return (await sandbox.listNodes()).every(({ annotations: of }) => of[REBOOT_ANNOTATION] === undefined);
    };
    await waitUntil(areRebooted, { what: `${count} reboots`, timeoutMs: ALL_TIMEOUT_MS, pollMs: POLL_MS });
    const events: readonly AuditEvent[] = await sandbox.auditEvents();
    const lengths = await historyLengths(
      sandbox,
      plan.slice(0, HISTORIES_MAX).map(({ name }) => name),
    );
    return {
      ...maintenanceFigures(events, { nodes: count, budget }),
      'events a node': percentile(lengths, 50),
      'maintainer MB': maintainerMb,
      'kured at best (reckoned), hours': count * KURED_PERIOD_HOURS,
    };
  } finally {
    await sandbox.stop();
  }
}

async function historyLengths(sandbox: Sandbox, names: readonly string[]): Promise<readonly number[]> {
  const client = await temporalClientOf(sandbox);
  try {
    const lengths: number[] = [];
    for (const name of names) {
      const workflowId = maintainNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(name) });
      lengths.push((await client.workflow.getHandle(workflowId).describe()).historyLength);
    }
    return lengths;
  } finally {
    await client.connection.close();
  }
}
