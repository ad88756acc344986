/** Keeps what is needed to look into a violation when the world of the run is gone. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import type { ChaosResult } from './run-chaos.ts';

/**
 * Writes the histories of all runs of the nodes with a violation, in the form of `tests/replay/histories/`.
 *
 * @returns the new folder; null where no violation names a node that had a heal
 */
export async function keepHistories({ facts, findings }: ChaosResult): Promise<string | null> {
  const nodes = new Set(findings.flatMap(({ violations }) => violations.map(({ node }) => node)));
  const runs = facts.runs.filter(({ node }) => node !== null && nodes.has(node));
  if (runs.length === 0) return null;
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-chaos-'));
  const { History } = proto.temporal.api.history.v1;
  for (const { node, runId, history } of runs) {
    await writeFile(join(folder, `${node}.${runId}.json`), JSON.stringify(History.create(history).toJSON(), null, 1));
  }
  return folder;
}
