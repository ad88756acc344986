/** `sandbox node cure`, `snat`, `crash`, `start` and `cut`: plays with the real nodes. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type RealNodes, realNodesOf } from '../real-nodes/real-nodes.ts';
import { CURE_WAYS, type CureWay } from '../real-nodes/translation.ts';
import { demandSandbox } from './inspect.ts';

interface CureCommandOptions {
  readonly how: CureWay;
  readonly after: number;
}

const AFTER = /^(\d{1,5})s$/;

export function addRealNodeCommands(node: Command): void {
  node
    .command('cure')
    .description('pods made from now on keep their own address (real nodes)')
    .argument('<name>')
    .addOption(new Option('--how <way>', 'how the CNI configuration changes').choices([...CURE_WAYS]).default('write'))
    .option('--after <duration>', 'wait first, such as 10s', parseSeconds, 0)
    .action(async (name: string, { how, after }: CureCommandOptions) => {
      const nodes = await demandRealNodes();
      await sleep(after);
      await nodes.cure(name, { how });
    });
  const plain = [
    { command: 'snat', description: "pods made from now on show the node's address, as at first (real nodes)" },
    { command: 'crash', description: 'end every process of the node at once; its disk stays (real nodes)' },
    { command: 'start', description: 'start the node after a crash, join it after a cut (real nodes)' },
    { command: 'cut', description: 'no packet gets in or out of the node any more (real nodes)' },
  ] as const;
  for (const { command, description } of plain) {
    node
      .command(command)
      .description(description)
      .argument('<name>')
      .action(async (name: string) => void (await (await demandRealNodes())[command](name)));
  }
}

async function demandRealNodes(): Promise<RealNodes> {
  return realNodesOf(await demandSandbox());
}

/** In milliseconds. */
function parseSeconds(value: string): number {
  const seconds = AFTER.exec(value)?.[1];
  if (seconds === undefined) throw new InvalidArgumentError('expected seconds, such as 10s');
  return Number(seconds) * 1_000;
}
