/** A scripted node for `healNode`: answers the activities from memory and keeps what was asked of it. */

import { askingCluster } from '../../../activities/failures.ts';
import type {
  AttemptOutcome,
  HealingActivities,
  PodRef,
  RefusalReports,
} from '../../../contracts/healing/activities.ts';
import type { EvidenceLevel, PodJudgement } from '../../../domain/healing/pod-evidence.ts';
import type { NodeFacts, NodeObservation } from '../../../domain/node/facts.ts';
import { ClusterError } from '../../../kubernetes/client/cluster-error.ts';
import { nodeToHeal } from '../../fixtures/healing.ts';
import { nodeUid } from '../../fixtures/nodes.ts';

export interface Script {
  /** What the pod of this attempt proves when it is judged; default 2. */
  readonly evidence?: (attempt: number) => EvidenceLevel;
  /** Whether the API server refuses the pod of this attempt; default never. */
  readonly rejects?: (attempt: number) => boolean;
  /** What the API server answers to a step that it refuses now; null lets the step through. Default: never refused. */
  readonly refuses?: (step: keyof HealingActivities, nowMs: number) => string | null;
  /** While true, every activity throws as for an API server that is away. */
  readonly isAway?: (nowMs: number) => boolean;
}

export type WorldEvent =
  | { readonly kind: 'begin'; readonly atMs: number; readonly resetAnnotation: boolean }
  | { readonly kind: 'attempt'; readonly atMs: number; readonly attempt: number; readonly previous: number | null }
  | {
      readonly kind: 'conclude';
      readonly atMs: number;
      readonly previous: number | null;
      /** Message of an Event that goes with it. */
      readonly elsewhere: string | null;
    }
  | { readonly kind: 'annotate'; readonly atMs: number; readonly uid: string }
  | { readonly kind: 'event'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'clean-up'; readonly atMs: number };

export interface World {
  readonly activities: HealingActivities;
  readonly events: WorldEvent[];
  /** What the node looks like now; tests replace it, and each time it has another version. */
  node: NodeObservation;
}

export function nodeFacts(change: Partial<NodeFacts> & { readonly uidText?: string } = {}): NodeFacts {
  const { uidText = 'uid-1', ...rest } = change;
  return nodeToHeal({ uid: nodeUid(uidText), ...rest });
}

export function present(change: Parameters<typeof nodeFacts>[0] = {}): NodeObservation {
  return { kind: 'present', facts: nodeFacts(change) };
}

/** Nothing has happened yet. As the API server does, it gives the node another version with each write. */
function emptyWorld(): { readonly world: World; readonly version: () => string } {
  let current = present();
  let writes = 0;
  const world: World = {
    events: [],
    activities: {} as HealingActivities,
    get node() {
      return current;
    },
    set node(next) {
      current = next;
      writes += 1;
    },
  };
  return { world, version: () => String(writes) };
}

export function createWorld(nowMs: () => Promise<number>, script: Script = {}): World {
  const { world, version } = emptyWorld();
  const { events } = world;
  const judge = (pod: PodRef | null): PodJudgement | null => {
    if (pod === null) return null;
    const level = script.evidence?.(pod.attempt) ?? 2;
    return { podName: pod.name, level, detail: `evidence ${level}` };
  };
  const reset = (healed: boolean) => {
    if (world.node.kind === 'present')
      world.node = present({ ...world.node.facts, uidText: world.node.facts.uid, healed });
  };
  const make = async (attempt: number, previousPod: PodRef | null): Promise<AttemptOutcome> => {
    const seen = world.node;
    if (seen.kind === 'gone' || !seen.facts.ready || seen.facts.healed) return { kind: 'skipped' };
    events.push({ kind: 'attempt', atMs: await nowMs(), attempt, previous: previousPod?.attempt ?? null });
    if (script.rejects?.(attempt) === true) return { kind: 'rejected', status: 403, message: 'exceeded quota: pods' };
    return { kind: 'created', pod: { name: `healer-${attempt}`, uid: `pod-${attempt}`, attempt } };
  };
  const activities: HealingActivities = {
    async beginHealing({ resetAnnotation, attempt }) {
      if (resetAnnotation) reset(false);
      events.push({ kind: 'begin', atMs: await nowMs(), resetAnnotation });
      return { node: world.node, outcome: await make(attempt, null) };
    },
    async attemptPod({ attempt, previousPod, node }) {
      if (script.isAway?.(await nowMs()) === true) throw new Error('connect ECONNREFUSED');
      const seen = world.node;
      if (seen.kind === 'present' && seen.facts.uid !== node.uid) {
        return { node: seen, judgement: null, outcome: { kind: 'skipped' } };
      }
      const outcome = await make(attempt, previousPod);
      return { node: seen, judgement: outcome.kind === 'skipped' ? null : judge(previousPod), outcome };
    },
    async concludeHealing({ previousPod, healedElsewhere = null }) {
      const previous = previousPod?.attempt ?? null;
      events.push({ kind: 'conclude', atMs: await nowMs(), previous, elsewhere: healedElsewhere });
      return { judgement: judge(previousPod), nodeVersion: version(), node: world.node };
    },
    async annotateNode({ node, nodeVersion }) {
      if (world.node.kind === 'gone') return { kind: 'node-gone' };
      if (world.node.facts.uid !== node.uid) return { kind: 'node-replaced' };
      if (nodeVersion !== null && nodeVersion !== version()) return { kind: 'node-changed' };
      reset(true);
      events.push({ kind: 'annotate', atMs: await nowMs(), uid: node.uid });
      return { kind: 'annotated' };
    },
    async recordHealingEvent({ reason }) {
      events.push({ kind: 'event', atMs: await nowMs(), reason });
      return { eventProblem: null };
    },
    async cleanUpCancelled() {
      events.push({ kind: 'clean-up', atMs: await nowMs() });
    },
    async observeNode() {
      return world.node;
    },
  };
  return Object.assign(world, { activities: refusing(activities, nowMs, script) });
}

/** As the worker does it: a refusal is an error of the cluster, asked for with the real handling. */
function refusing(activities: HealingActivities, nowMs: () => Promise<number>, script: Script): HealingActivities {
  const steps = Object.entries(activities).map(([step, run]) => {
    const asked = (input: never, reports?: RefusalReports) =>
      askingCluster(
        async () => {
          const message = script.refuses?.(step as keyof HealingActivities, await nowMs()) ?? null;
          if (message !== null) throw new ClusterError({ kind: 'refused', status: 403, reason: 'Forbidden', message });
          return (run as (input: never) => Promise<unknown>)(input);
        },
        { reports },
      );
    return [step, asked];
  });
  return Object.fromEntries(steps) as HealingActivities;
}

/** The events of one kind, in order. */
export function of<Kind extends WorldEvent['kind']>(events: readonly WorldEvent[], kind: Kind) {
  return events.filter((event): event is Extract<WorldEvent, { kind: Kind }> => event.kind === kind);
}
