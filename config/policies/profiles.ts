/** The checks of new nodes that are configured: `snat`, which is always there, and those of `profiles`. */

import { SNAT_PROFILE } from '../../contracts/healing/names.ts';
import type { Config } from '../schema/config.ts';

export interface HealingProfile {
  readonly name: string;
  readonly os: 'windows' | 'linux';
  readonly healing: Omit<Config['healing'], 'virtualNodes' | 'nodes'>;
  /** Label selector and virtual nodes, beside the operating system. */
  readonly nodes: { readonly nodes: string; readonly virtualNodes: boolean };
}

/** `snat` comes first. */
export function profilesOf({ healing, profiles }: Config): readonly [HealingProfile, ...HealingProfile[]] {
  return [
    { name: SNAT_PROFILE, os: 'windows', healing, nodes: healing },
    ...profiles.map((profile) => ({
      name: profile.name,
      os: profile.pod.os,
      healing: profile,
      nodes: { nodes: profile.nodes, virtualNodes: true },
    })),
  ];
}
