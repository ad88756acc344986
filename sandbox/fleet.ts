/** Three clusters on one Temporal, as rings of an upgrade: one control-plane node in the first and the last, three between. */

import { SANDBOX_CLUSTER } from './layout.ts';
import { addLinuxNodes } from './machines/linux-nodes.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.ts';

export const FLEET = [
  { cluster: SANDBOX_CLUSTER, controlPlane: 1 },
  { cluster: 'staging', controlPlane: 3 },
  { cluster: 'production', controlPlane: 1 },
] as const;

const WORKERS = 6;

export interface Fleet {
  /** In the order of `FLEET`. */
  readonly clusters: readonly Sandbox[];
  stop(): Promise<void>;
  detach(): Promise<void>;
}

/** What the options say holds for each cluster; each gets six Linux nodes. */
export async function startFleet(
  options: Omit<SandboxOptions, 'controlPlane' | 'cluster' | 'joins'> = {},
): Promise<Fleet> {
  const clusters: Sandbox[] = [];
  try {
    for (const one of FLEET) {
      const [leader] = clusters;
      const joins = leader === undefined ? {} : { joins: leader.layout };
      const sandbox = await startSandbox({ ...options, ...one, ...joins });
      clusters.push(sandbox);
      await addLinuxNodes(sandbox, WORKERS);
    }
  } catch (error) {
    await endAll(clusters, 'stop');
    throw error;
  }
  return {
    clusters,
    stop: () => endAll(clusters, 'stop'),
    detach: () => endAll(clusters, 'detach'),
  };
}

/** The first one last: its end is the end of all processes. */
async function endAll(clusters: readonly Sandbox[], how: 'stop' | 'detach'): Promise<void> {
  for (const sandbox of clusters.toReversed()) await sandbox[how]();
}
