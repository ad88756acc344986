/** The newest report of every agent in memory, found by its record, by the name of its pod, and by the pod itself. */

import type { AgentPod } from '../../domain/connectivity/agent-judgement.ts';
import { type ExpectedPods, sharedRecordName } from '../verdict/expected-pods.ts';
import { bytesOf, type KnownAgent, speaksFor } from './known-agent.ts';
import type { SeriesCountsTable } from './series.ts';

export interface AgentTable {
  /** By the name of the record. */
  get(name: string): KnownAgent | undefined;
  /** The newest report of any pod of that name. */
  newestOf(podName: string): KnownAgent | undefined;
  /** The newest report of a pod. */
  of(pod: AgentPod): KnownAgent | undefined;
  values(): IterableIterator<KnownAgent>;
  size(): number;
  /** What all agents take in memory. */
  bytes(): number;
  /** Agents that had no expected pod when they last reported. */
  strangerCount(): number;
  /** A report that is older than the one that is known changes nothing. */
  know(agent: KnownAgent): void;
  forget(name: string): void;
  /** Forgets the stranger that has reported least recently. Returns its record's name; null where there is none. */
  evictStranger(besides: string): string | null;
}

export interface AgentTableDeps {
  readonly expected: Pick<ExpectedPods, 'named'>;
  readonly series: Pick<SeriesCountsTable, 'hold' | 'release'>;
}

export function createAgentTable({ expected, series }: AgentTableDeps): AgentTable {
  const agents = new Map<string, KnownAgent>();
  /** Names of records, the least recent first. */
  const strangers = new Set<string>();
  /** By pod name, the records that are not under it: several pods share the name. */
  const shared = new Map<string, Set<string>>();
  let bytes = 0;

  function ofPodName(podName: string): readonly KnownAgent[] {
    const names = [podName, ...(shared.get(podName) ?? [])];
    return names.flatMap((name) => agents.get(name) ?? []).filter((agent) => agent.podName === podName);
  }

  function forget(name: string): void {
    const agent = agents.get(name);
    if (agent === undefined) return;
    bytes -= bytesOf(agent);
    agents.delete(name);
    strangers.delete(name);
    series.release(agent.series);
    const others = shared.get(agent.podName);
    others?.delete(name);
    if (others?.size === 0) shared.delete(agent.podName);
  }

  return {
    get: (name) => agents.get(name),
    newestOf: (podName) => newest(ofPodName(podName)),
    of(pod) {
      const isOnlyOfName = expected.named(pod.name).length <= 1;
      const own = shared.size === 0 ? undefined : agents.get(sharedRecordName(pod));
      const found = [own, agents.get(pod.name)].filter((agent) => agent !== undefined);
      return newest(found.filter((agent) => agent.podName === pod.name && speaksFor(agent, { pod, isOnlyOfName })));
    },
    values: () => agents.values(),
    size: () => agents.size,
    bytes: () => bytes,
    strangerCount: () => strangers.size,
    know(agent) {
      const { name, podName } = agent;
      const before = agents.get(name);
      if (before !== undefined && before.receivedMs > agent.receivedMs) return;
      bytes += bytesOf(agent) - (before === undefined ? 0 : bytesOf(before));
      agents.set(name, agent);
      series.hold(agent.series, agent);
      if (before !== undefined) series.release(before.series);
      strangers.delete(name);
      if (expected.named(podName).length === 0) strangers.add(name);
      if (name !== podName) shared.set(podName, (shared.get(podName) ?? new Set()).add(name));
    },
    forget,
    evictStranger(besides) {
      for (const name of strangers) {
        if (name === besides) continue;
        if (expected.named(agents.get(name)?.podName ?? '').length === 0) {
          forget(name);
          return name;
        }
        // Its pod has become known since.
        strangers.delete(name);
      }
      return null;
    },
  };
}

function newest(agents: readonly KnownAgent[]): KnownAgent | undefined {
  return agents.reduce<KnownAgent | undefined>(
    (found, agent) => (found === undefined || agent.receivedMs > found.receivedMs ? agent : found),
    undefined,
  );
}
