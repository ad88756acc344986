/** Check `capacity`: whether the pods of the largest node have room elsewhere, by the sums of their requests. */

import type { Finding } from './finding.ts';

/** CPUs and bytes. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
}

export interface NodeRoom {
  readonly name: string;
  /** Ready, and takes pods. */
  readonly isOpen: boolean;
  readonly allocatable: Resources;
  /** Of all its pods. */
  readonly requested: Resources;
  /** Of the pods that a drain evicts. */
  readonly evicted: Resources;
}

/** Sums alone: a pod that fits nowhere in one piece is found by the scheduler. */
export function capacityFindings(nodes: readonly NodeRoom[]): readonly Finding[] {
  const short = nodes.flatMap((node) => {
    const free = freeWithout(node, nodes);
    const lacks = (['cpu', 'memory'] as const).filter((key) => node.evicted[key] > free[key]);
    return lacks.length === 0 ? [] : [{ node, free, lacks }];
  });
  return short.map(({ node, free, lacks }) => ({
    answer: 'warn',
    object: node.name,
    detail: lacks
      .map((key) => `its pods ask for ${shown(key, node.evicted)}, and ${shown(key, free)} are free elsewhere`)
      .join('; '),
  }));
}

function freeWithout(node: NodeRoom, nodes: readonly NodeRoom[]): Resources {
  const others = nodes.filter((other) => other !== node && other.isOpen);
  const sum = (key: keyof Resources) =>
    others.reduce((total, { allocatable, requested }) => total + Math.max(0, allocatable[key] - requested[key]), 0);
  return { cpu: sum('cpu'), memory: sum('memory') };
}

function shown(key: keyof Resources, resources: Resources): string {
  return key === 'cpu' ? `${resources.cpu.toFixed(2)} CPUs` : `${Math.ceil(resources.memory / 2 ** 20)} MiB`;
}
