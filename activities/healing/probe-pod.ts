/** One attempt that waits for its pod (E9): creates it, waits for its end, deletes it and judges what is left. */

import { ApplicationFailure, activityInfo, CancelledFailure, Context } from '@temporalio/activity';

import type { AttemptOutcome, PodRef } from '../../contracts/healing/activities.ts';
import type { ProbeOutcome, ProbePodInput, ProbePodResult } from '../../contracts/healing/onboarding-activities.ts';
import { defaultPodImage } from '../../contracts/healing/pod-image.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { AskedEndpoint } from '../../kubernetes/healing/echo-answers.ts';
import type { PodQuestion } from '../../kubernetes/healing/probing-pod.ts';
import type { NodeNetwork } from '../../kubernetes/nodes/network.ts';
import { createPod, isDue, observationFor, ownPod } from './attempt-pod.ts';
import { showCondition } from './condition.ts';
import type { ProbingDeps } from './deps.ts';
import { withoutForeignMark } from './foreign-mark.ts';
import { rejectionWhereHeld } from './pod-removal.ts';
import { judgeProbe } from './probe-judgement.ts';

/** A person must add what is missing to the worker's file. */
const UNKNOWN_RETRY_MS = 30_000;
const UNKNOWN: FailureType = 'ProfileUnknown';

/** Retried until a worker knows what was asked for; nothing is marked meanwhile (E44). */
export function unknownHere(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: `the configuration of this worker has no ${what}`,
    type: UNKNOWN,
    nextRetryDelay: UNKNOWN_RETRY_MS,
  });
}

export async function probePod(deps: ProbingDeps, input: ProbePodInput): Promise<ProbePodResult> {
  const { node, attempt, purpose, isWatch = false } = input;
  const endpoints = endpointsOf(deps, input);
  const own = activityInfo().attempt > 1 ? await findOwnPod(deps, input) : null;
  const seen = await nodeToProbe(deps, input);
  if (!isToProbe(seen, input)) {
    // The next attempt has the same name: it would take the pod of an earlier boot for its own.
    if (own !== null) await deps.pods.delete(own);
    if (purpose === 'heal') reportProbe(deps, { node, attempt, seen, outcome: 'skipped', isWatch });
    return { node: seen, outcome: { kind: 'skipped' } };
  }
  const network = deps.networks.network(node.name) ?? (await deps.nodes.network(node.name)) ?? NO_NETWORK;
  const beganMs = performance.now();
  const question = questionOf(deps, { input, endpoints, network });
  const created = own === null ? await newPod(deps, input, question) : ({ kind: 'created', pod: own } as const);
  if (purpose === 'heal' && own === null) reportProbe(deps, { node, attempt, seen, outcome: created.kind, isWatch });
  if (created.kind === 'rejected') return { node: seen, outcome: created };
  const outcome = await judgedPod(deps, { input, pod: created.pod, endpoints, network });
  deps.onProbed?.({ tookMs: performance.now() - beganMs });
  // A judgement is not lost where the condition cannot be written.
  if (purpose === 'heal') await showJudgement(deps, { node, outcome }).catch(() => undefined);
  // Minutes may have passed: what was seen before would undo what the heal learned from signals. A judgement is not lost
  // where the API server cannot be asked.
  return { node: await observed(deps, node.name).catch(() => seen), outcome };
}

async function showJudgement(
  deps: ProbingDeps,
  { node, outcome }: { readonly node: NodeRef; readonly outcome: ProbeOutcome },
): Promise<void> {
  if (outcome.kind !== 'judged' && outcome.kind !== 'echo-down') return;
  const { source, detail } = outcome.judgement;
  const judged = source?.verdict === 'refuted' ? 'Snated' : 'judged';
  const news = outcome.kind === 'echo-down' ? 'EchoUnreachable' : judged;
  await showCondition(deps, { node, news, message: detail, step: 'probePod' });
}

/** The pod that an earlier try of this activity made (E11). A quota could refuse to make it again. */
async function findOwnPod(deps: ProbingDeps, { node, attempt, purpose }: ProbePodInput): Promise<PodRef | null> {
  const found = await deps.pods.find({ node: node.name, attempt, purpose });
  const run = activityInfo().workflowExecution?.runId ?? '';
  return found === null ? null : ownPod(found, { node, attempt, run });
}

async function newPod(
  deps: ProbingDeps,
  { node, attempt, purpose, isAfterRejection }: ProbePodInput,
  question: PodQuestion,
): Promise<Exclude<AttemptOutcome, { kind: 'skipped' }>> {
  const held = isAfterRejection ? await rejectionWhereHeld(deps, node) : null;
  return held ?? createPod(deps, { node, attempt, purpose, question });
}

const NO_NETWORK: NodeNetwork = { addresses: [], podCidrs: [], windowsBuild: undefined };

interface Probe {
  readonly input: ProbePodInput;
  readonly pod: PodRef;
  readonly endpoints: readonly AskedEndpoint[];
  readonly network: NodeNetwork;
}

/** The DELETE comes before the pod's end only where its patience is over, or the heal (E10). */
async function judgedPod(deps: ProbingDeps, probe: Probe): Promise<ProbeOutcome> {
  const { input, pod } = probe;
  const { cancellationSignal: signal } = Context.current();
  await deps.ends.untilEnded(pod, { patienceMs: input.probe.patienceMs, signal });
  if (isHandedOver(signal)) throw new Error(`another try of this activity waits for pod ${pod.name}`);
  const removed = await deps.pods.delete(pod);
  if (removed.kind === 'gone' || removed.pod === null) return { kind: 'vanished' };
  const outcome = await judgeProbe(deps, { ...probe, ended: removed.pod });
  return removed.kind === 'held' ? ((await rejectionWhereHeld(deps, input.node)) ?? outcome) : outcome;
}

/** Those that are named; `verify` may name none, and means all. */
function endpointsOf(deps: ProbingDeps, { probe }: ProbePodInput): readonly AskedEndpoint[] {
  if (probe.endpoints.length > 0) return probe.endpoints.map((name) => endpointOf(deps, name));
  if (deps.endpoints.length === 0) throw unknownHere('endpoint in healing.echo.endpoints');
  return deps.endpoints;
}

/** The worker ends, or the server gave the activity to another one, while the heal goes on (E11). */
function isHandedOver({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof CancelledFailure && reason.message === CANCELLED);
}

/** The reason that the SDK gives where the workflow asked for it. */
const CANCELLED = 'CANCELLED';

function endpointOf(deps: ProbingDeps, name: string): AskedEndpoint {
  const endpoint = deps.endpoints.find((one) => one.name === name);
  if (endpoint === undefined) throw unknownHere(`endpoint ${name} in healing.echo.endpoints`);
  return endpoint;
}

async function nodeToProbe(deps: ProbingDeps, input: ProbePodInput): Promise<NodeObservation> {
  const { node, purpose, isWatch } = input;
  if (purpose === 'verify') return observed(deps, node.name);
  if (isWatch === true) {
    const cached = await observed(deps, node.name);
    // The cache may not show the mark yet.
    return isToProbe(cached, input) ? cached : deps.nodes.observe(node.name);
  }
  const seen = await observationFor(deps, node);
  return isDue(seen, node) ? withoutForeignMark(deps, seen.facts) : seen;
}

async function observed(deps: ProbingDeps, name: NodeName): Promise<NodeObservation> {
  const facts = deps.informer.get(name);
  return facts === undefined ? deps.nodes.observe(name) : { kind: 'present', facts };
}

/** A node is verified whether or not it needs healing, and watched as long as it is marked. */
function isToProbe(seen: NodeObservation, { node, purpose, isWatch }: ProbePodInput): boolean {
  if (purpose === 'heal' && isWatch !== true) return isDue(seen, node);
  if (seen.kind === 'gone' || seen.facts.uid !== node.uid || !seen.facts.ready) return false;
  const { windows, healed, disabled } = seen.facts;
  return purpose === 'verify' || (windows && healed && !disabled);
}

function questionOf({ pod }: ProbingDeps, { input, endpoints, network }: Omit<Probe, 'pod'>): PodQuestion {
  const image = pod.image ?? defaultPodImage('source-address', network.windowsBuild);
  return { ...pod, endpoints, image, patienceMs: input.probe.patienceMs };
}

function reportProbe(
  deps: ProbingDeps,
  of: {
    readonly node: NodeRef;
    readonly attempt: number;
    readonly seen: NodeObservation;
    readonly outcome: AttemptOutcome['kind'];
    readonly isWatch: boolean;
  },
): void {
  const { seen, ...sample } = of;
  const readyChangedMs = seen.kind === 'present' ? seen.facts.readyChangedMs : null;
  deps.onAttempt?.({ ...sample, level: null, readyChangedMs });
}
