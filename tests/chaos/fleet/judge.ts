/** Judges a run over clusters by a sampler of versions, the reports, and what the clusters are at the end. */

import { isDeepStrictEqual } from 'node:util';
import type { JudgedInvariant } from '../finding-lines.ts';

export const FLEET_INVARIANTS = {
  versions: 'no look at all versions finds a pair that the version-skew policy forbids (M2, M3)',
  soak: 'a stage begins no sooner than its predecessor has soaked (M35, M40)',
  approval: 'nothing of a cluster that demands an approval changes before it (M37)',
  acts: 'each node is acted upon as often as its plan has it, and no more (M5, M16)',
  end: 'all that runs has the next version, no node bears a mark, and each cluster has one report (M21, M46)',
} as const;
export type FleetInvariant = keyof typeof FLEET_INVARIANTS;

export interface ClusterFacts {
  readonly cluster: string;
  /** Of the run in it, by its report. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcomes: readonly string[];
  readonly acts: Readonly<Record<string, number>>;
  readonly plannedActs: Readonly<Record<string, number>>;
  /** Names of nodes that are cordoned or bear a mark. */
  readonly marked: readonly string[];
  /** Of all that runs. */
  readonly versions: readonly string[];
}

export interface FleetFacts {
  readonly samples: number;
  readonly offences: readonly string[];
  readonly soakMs: number;
  readonly target: string;
  /** In the order of their stages. */
  readonly clusters: readonly ClusterFacts[];
  readonly approval: { readonly givenMs: number; readonly firstChangeMs: number };
}

export type FleetFinding = JudgedInvariant<FleetInvariant>;

export function judgeFleet(facts: FleetFacts): readonly FleetFinding[] {
  const { samples, offences, clusters, approval } = facts;
  const early = approval.firstChangeMs < approval.givenMs;
  return [
    { invariant: 'versions', checked: samples, violations: offences },
    { invariant: 'soak', checked: clusters.length - 1, violations: soakProblems(facts) },
    { invariant: 'approval', checked: 1, violations: early ? ['a version changed before the approval'] : [] },
    {
      invariant: 'acts',
      checked: clusters.reduce((sum, { plannedActs }) => sum + Object.keys(plannedActs).length, 0),
      violations: clusters.flatMap(({ cluster, acts, plannedActs }) =>
        isDeepStrictEqual(acts, plannedActs) ? [] : [`${cluster}: ${JSON.stringify(acts)}`],
      ),
    },
    { invariant: 'end', checked: clusters.length, violations: clusters.flatMap((one) => endProblems(one, facts)) },
  ];
}

function soakProblems({ clusters, soakMs }: FleetFacts): readonly string[] {
  return clusters.slice(1).flatMap(({ cluster, startedMs }, index) => {
    const waitedMs = startedMs - (clusters[index]?.endedMs ?? 0);
    return waitedMs < soakMs ? [`${cluster} began ${waitedMs} ms after the one before had ended`] : [];
  });
}

function endProblems({ cluster, outcomes, marked, versions }: ClusterFacts, { target }: FleetFacts): readonly string[] {
  const others = versions.filter((version) => version !== target);
  return [
    ...(isDeepStrictEqual(outcomes, ['done']) ? [] : [`${cluster}: outcomes ${JSON.stringify(outcomes)}`]),
    ...(marked.length === 0 ? [] : [`${cluster}: ${marked.join(', ')} cordoned or marked`]),
    ...(others.length === 0 ? [] : [`${cluster} runs ${others.join(', ')}`]),
  ];
}
