/** Keeps what is needed to look into a violation when the world of the run is gone. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import type { ChaosResult } from './run-chaos.ts';

/**
 * Writes the histories of all runs of the nodes with a violation, in the form of `tests/replay/histories/`, and what the
 * workers logged.
 *
 * @returns the new folder
 */
export async function keepHistories({ facts, findings }: ChaosResult): Promise<string> {
  const nodes = new Set(findings.flatMap(({ violations }) => violations.map(({ node }) => node)));
  const runs = facts.runs.filter(({ node }) => node !== null && nodes.has(node));
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-chaos-'));
  const { History } = proto.temporal.api.history.v1;
  for (const { node, runId, history } of runs) {
    await writeFile(join(folder, `${node}.${runId}.json`), JSON.stringify(History.create(history).toJSON(), null, 1));
  }
  await writeFile(join(folder, 'workers.log'), facts.workerLogs);
  return folder;
}
