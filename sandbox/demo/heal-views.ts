/** What is known of each node's heal: from Temporal the heal, from the cluster whether the node is healed. */

import { loadTemporalProfile } from '../../config/temporal-profile.ts';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { ownMessageOf } from '../../domain/error-message.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { pause } from '../../runtime/pause.ts';
import { type Heals, healsOf } from '../../temporal/healing/heals.ts';
import { openClient } from '../../temporal/open-client.ts';
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
const STATES_WITHOUT_PROGRESS = ['stalled', 'unproven', 'cancelled', 'disabled', 'node-gone', 'not-windows'];

/** Once a second the state of every Windows node, in the order of their names, until the signal. */
export async function* watchHeals(sandbox: Sandbox, signal: AbortSignal): AsyncGenerator<readonly HealView[]> {
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = sandbox.env;
  const client = await openClient(loadTemporalProfile({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE }));
  const heals = healsOf(client, SANDBOX_CLUSTER);
  try {
    while (!signal.aborted) {
      const nodes = (await sandbox.listNodes()).filter(({ labels }) => labels[OS_LABEL] === WINDOWS_OS);
      yield await Promise.all(nodes.map((node) => viewOf(heals, node)));
      await pause(POLL_MS, signal);
    }
  } finally {
    await client.connection.close();
  }
}

async function viewOf(heals: Heals, node: SandboxNode): Promise<HealView> {
  const healed = node.annotations[DEFAULT_HEALED_ANNOTATION]?.toLowerCase() === 'true';
  const { status, problem } = await askHeal(heals, node.name);
  const ended = healed || (status !== null && STATES_WITHOUT_PROGRESS.includes(status.state));
  return { node: node.name, healed, ended, status, problem };
}

async function askHeal(heals: Heals, name: string): Promise<Pick<HealView, 'status' | 'problem'>> {
  const node = parseNodeName(name);
  if (node === null) return { status: null, problem: 'not a node name' };
  try {
    const status = await heals.lastStatus(node);
    return { status, problem: status === null ? 'no heal yet' : null };
  } catch (error) {
    return { status: null, problem: ownMessageOf(error) };
  }
}
