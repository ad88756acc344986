/** What the activities of one profile need: its nodes, its pods, its endpoints. */

import type { HealCondition } from '../activities/healing/condition.ts';
import type { HealingActivityDeps, ProbingDeps } from '../activities/healing/deps.ts';
import { endpointAddress } from '../config/echo-contradictions.ts';
import type { HealingProfile } from '../config/policies/profiles.ts';
import { SNAT_PROFILE } from '../contracts/healing/names.ts';
import type { NodeName } from '../domain/node/identity.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createPodEnds } from '../kubernetes/healing/pod-ends.ts';
import { createHealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeConditions } from '../kubernetes/nodes/conditions.ts';
import type { NodeReading } from '../kubernetes/nodes/facts.ts';
import { createNodeInformer, type NodeInformer } from '../kubernetes/nodes/informer.ts';
import { createNodes } from '../kubernetes/nodes/nodes.ts';
import { profileReading } from '../kubernetes/nodes/profile-reading.ts';
import { createStartupTaints } from '../kubernetes/nodes/startup-taints.ts';
import type { Log } from '../runtime/log.ts';
import { startEchoReach } from './echo-reach.ts';
import type { ProbeMetrics } from './probe-metrics.ts';
import { createRelapseBrake } from './relapse-brake.ts';
import { keepRemoved } from './returned-taints.ts';
import type { TaintMetrics } from './taint-metrics.ts';

export interface OpenProfile {
  readonly deps: ProbingDeps;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

export interface ProfileParts
  extends Omit<HealingActivityDeps, 'nodes' | 'pods' | 'informer' | 'healedAnnotation'>,
    Pick<ProbingDeps, 'onRelapsed' | 'onRelapseBraked'> {
  readonly cluster: ClusterConnection;
  readonly probes: ProbeMetrics;
  readonly taintMetrics: TaintMetrics;
  readonly log: Log;
  /** That of `snat`, which others read as well; the other profiles watch their nodes themselves. */
  readonly snatInformer: NodeInformer;
}

export function openProfile(profile: HealingProfile, parts: ProfileParts): OpenProfile {
  const { cluster, probes, taintMetrics: _, log, snatInformer, ...shared } = parts;
  const { name, os, healing } = profile;
  const { annotation: healedAnnotation, pod, intervalMs, evidence, condition } = healing;
  const { endpoints, settleMs } = healing.echo;
  const namespace = pod.namespace ?? cluster.namespace ?? 'default';
  const reading = readingOf(profile);
  const onError = (message: string) => log.warn(`Kubernetes: ${message}`);
  const isSnat = name === SNAT_PROFILE;
  const informer = isSnat
    ? snatInformer
    : createNodeInformer(cluster, { ...reading, condition, asksAboutDepartures: false, onError });
  if (!isSnat) informer.start();
  log.info(`healing pods${isSnat ? '' : ` of ${name}`} are made in namespace ${namespace}`);
  warnOfEndpoints(profile, log);
  const pods = createHealingPods(cluster, { ...pod, namespace, intervalMs, profile: name, os });
  const ends = createPodEnds(cluster, { namespace, pods, onError });
  // Without it a pod that verifies is asked for again and again, which needs no right to watch.
  if (evidence === 'source-address') ends.start();
  const reach = startEchoReach({ endpoints, onAsked: probes.setReachable });
  const names = endpoints.map((endpoint) => endpoint.name);
  const startup = openStartupTaints(profile, { parts, informer, reading });
  return {
    deps: {
      ...shared,
      nodes: createNodes(cluster, reading),
      pods,
      // A cache that has lost its watch may be old: then the API server is asked.
      informer: { get: (node: NodeName) => (informer.health().failuresInARow > 0 ? undefined : informer.get(node)) },
      healedAnnotation,
      profile: name,
      ends,
      endpoints,
      pod: { image: pod.image, answer: pod.answer, command: pod.command, settleMs, windows: os === 'windows' },
      networks: informer,
      isEchoDown: (asked) => reach.isDown(asked),
      brake: createRelapseBrake(informer, healing.storm),
      ...probes.hooksOf(name, names),
      ...startup?.deps,
      ...(condition === undefined ? {} : { condition: healCondition(condition, { cluster, informer }) }),
    },
    async stop() {
      await Promise.all([ends.stop(), reach.stop(), startup?.stop(), ...(isSnat ? [] : [informer.stop()])]);
    },
  };
}

/** With the startup taint, which only the worker removes. */
export function readingOf(profile: HealingProfile): NodeReading {
  return { ...profileReading(profile), startupTaint: profile.healing.taint?.key };
}

/** Undefined where the profile has no startup taint. */
function openStartupTaints(
  { name, healing }: HealingProfile,
  opened: { readonly parts: ProfileParts; readonly informer: NodeInformer; readonly reading: NodeReading },
) {
  const { parts, informer, reading } = opened;
  const { cluster, events, taintMetrics, log } = parts;
  const { taint, finish } = healing;
  if (taint === undefined) return undefined;
  if (finish === 'window') {
    log.warn(
      `the mark of ${name} comes after its window, and so after the cap of the startup taint: use finish: proven`,
    );
  }
  const taints = createStartupTaints(cluster, { ...reading, startupTaint: taint.key });
  const hooks = taintMetrics.hooksOf(name, () => informer.list().filter(({ tainted }) => tainted === true).length);
  const onProblem = (message: string) => log.warn(`Kubernetes: ${message}`);
  const keeping = keepRemoved({ taints, events, list: () => informer.list(), onProblem, ...hooks });
  return { deps: { taints, ...hooks }, stop: () => keeping.stop() };
}

function healCondition(
  type: string,
  { cluster, informer }: { readonly cluster: ClusterConnection; readonly informer: NodeInformer },
): HealCondition {
  return {
    type,
    conditions: createNodeConditions(cluster),
    knownReason: (node) => (informer.health().failuresInARow > 0 ? undefined : informer.conditionReason(node)),
  };
}

function warnOfEndpoints({ healing }: HealingProfile, log: Log): void {
  for (const { name, url, trust } of healing.echo.endpoints) {
    // A Windows pod has no DNS in its first seconds, and curl does not try a name again.
    if (endpointAddress(url) === null) log.warn(`endpoint ${name} is asked by a name (${url}): use an address`);
    if (trust === 'unsigned') log.warn(`endpoint ${name} is not signed: whoever answers for ${url} is believed`);
  }
}
