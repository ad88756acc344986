/** `vigilante upgrade status`: how far the upgrade of a cluster is, and what it waits for. */

import { type ClusterUpgrade, clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { type Look, showLooks } from '../watch-text.ts';
import type { UpgradeFormat } from './formats.ts';
import { renderUpgrade } from './render-status.ts';

export async function statusCommand(
  context: CommandContext,
  terminal: Terminal,
  { format, watch }: { readonly format: UpgradeFormat; readonly watch: boolean },
): Promise<ExitCode> {
  const { cluster } = context.config;
  const upgrade = clusterUpgradeOf(await context.client(), cluster);
  const lookNow = () => look(upgrade, { cluster, format });
  return showLooks(terminal, lookNow, watch);
}

async function look(
  upgrade: ClusterUpgrade,
  { cluster, format }: { readonly cluster: string; readonly format: UpgradeFormat },
): Promise<Look> {
  const answer = await upgrade.status();
  if (answer.kind === 'status') {
    const { status } = answer;
    return {
      text: renderUpgrade(status, format),
      problem: status.state === 'halted' ? `halted: ${status.waitsFor[0] ?? ''}` : null,
    };
  }
  const running = answer.kind === 'silent';
  const problem = running
    ? `the upgrade of cluster ${cluster} does not answer (is the maintainer running?)`
    : `no upgrade of cluster ${cluster} runs${answer.closedAs === null ? '' : `; the last one is ${answer.closedAs}`}`;
  // A script that reads JSON gets some in any case.
  return { text: format === 'json' ? `${JSON.stringify({ cluster, running, problem }, null, 2)}\n` : '', problem };
}
