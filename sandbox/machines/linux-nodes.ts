/** Linux nodes in three zones, each a machine with a boot id. */

import { randomUUID } from 'node:crypto';
import type { AddNodeOptions, Nodes } from '../nodes.ts';

const ZONES = ['a', 'b', 'c'] as const;

export interface LinuxNode extends AddNodeOptions {
  readonly name: string;
  readonly zone: (typeof ZONES)[number];
}

/** `lin-1` in zone a, `lin-2` in zone b, and so on, in turn. */
export function linuxNodePlan(count: number): readonly LinuxNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `lin-${index + 1}`,
    os: 'linux',
    zone: ZONES[index % ZONES.length] ?? ZONES[0],
    boot: randomUUID(),
  }));
}

export async function addLinuxNodes(nodes: Nodes, count: number): Promise<void> {
  for (const { name, ...options } of linuxNodePlan(count)) await nodes.addNode(name, options);
}
