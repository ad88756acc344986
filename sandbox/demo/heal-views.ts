/** What is known of each node's heal: from Temporal the heal, from the cluster whether the node is healed. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { DEFAULT_HEALED_ANNOTATION, healNodeWorkflowId, OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { SANDBOX_CLUSTER } from '../layout.ts';
import type { SandboxNode } from '../nodes.ts';
import type { Sandbox } from '../start-sandbox.ts';

export interface HealView {
  readonly node: string;
  /** The node carries the healed annotation. */
  readonly healed: boolean;
  /** Healed, or nothing more will happen unless somebody or a slow retry acts. */
  readonly ended: boolean;
  /** Null while no heal was found or could be asked; `problem` then says why. */
  readonly status: HealingStatus | null;
  readonly problem: string | null;
}

const POLL_MS = 1_000;
/** A worker that is busy or gone must not stop the display. */
const QUERY_TIMEOUT_MS = 5_000;
const STATES_WITHOUT_PROGRESS = ['stalled', 'unproven', 'cancelled', 'disabled', 'node-gone', 'not-windows'];

/** Once a second the state of every Windows node, in the order of their names, until the signal. */
export async function* watchHeals(sandbox: Sandbox, signal: AbortSignal): AsyncGenerator<readonly HealView[]> {
  const connection = await Connection.connect({ address: sandbox.env.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: sandbox.env.TEMPORAL_NAMESPACE });
  try {
    while (!signal.aborted) {
      const nodes = (await sandbox.listNodes()).filter(({ labels }) => labels[OS_LABEL] === WINDOWS_OS);
      yield await Promise.all(nodes.map((node) => viewOf(client, node)));
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await connection.close();
  }
}

async function viewOf(client: Client, node: SandboxNode): Promise<HealView> {
  const healed = node.annotations[DEFAULT_HEALED_ANNOTATION]?.toLowerCase() === 'true';
  const { status, problem } = await askHeal(client, node.name);
  const ended = healed || (status !== null && STATES_WITHOUT_PROGRESS.includes(status.state));
  return { node: node.name, healed, ended, status, problem };
}

async function askHeal(client: Client, name: string): Promise<Pick<HealView, 'status' | 'problem'>> {
  const node = parseNodeName(name);
  if (node === null) return { status: null, problem: 'not a node name' };
  const handle = client.workflow.getHandle(healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node }));
  try {
    const status = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query(healingStatus));
    return { status, problem: null };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { status: null, problem: 'no heal yet' };
    return { status: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
