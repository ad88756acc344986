/** Judges a pod that asked echoes, from the answer of its DELETE alone (E4 to E8, E13). */

import type { PodRef } from '../../contracts/healing/activities.ts';
import type { ProbeOutcome, ProbePodInput } from '../../contracts/healing/onboarding-activities.ts';
import type { Silence } from '../../domain/healing/not-proven.ts';
import { type EvidenceLevel, type PodJudgement, podEvidence } from '../../domain/healing/pod-evidence.ts';
import { type EndpointAnswer, judgeSource, sourceKind } from '../../domain/healing/source-verdict.ts';
import type { PodObject } from '../../kubernetes/client/objects.ts';
import { type AskedEndpoint, endpointAnswer, podAddresses } from '../../kubernetes/healing/echo-answers.ts';
import { hasEnded } from '../../kubernetes/healing/pod-ends.ts';
import { describeNothingProven, podSigns } from '../../kubernetes/healing/pod-signs.ts';
import type { NodeNetwork } from '../../kubernetes/nodes/network.ts';
import type { ProbingDeps } from './deps.ts';
import { eventsOf } from './pod-removal.ts';

export interface EndedProbe {
  readonly input: ProbePodInput;
  readonly pod: PodRef;
  readonly endpoints: readonly AskedEndpoint[];
  readonly network: NodeNetwork;
  /** As the DELETE returned it. */
  readonly ended: PodObject;
}

export async function judgeProbe(deps: ProbingDeps, probe: EndedProbe): Promise<ProbeOutcome> {
  const { ended, pod, endpoints, network, input } = probe;
  const context = { answer: deps.pod.answer, network, nodeAt: deps.networks.nodeAt };
  const answers = endpoints.map((endpoint) => endpointAnswer(ended, endpoint, context));
  const addresses = podAddresses(ended, network);
  const isUnreached = answers.every((answer) => answer.kind === 'none' && answer.isUnreached);
  if (isUnreached && (await deps.isEchoDown(endpoints))) {
    const detail = `no endpoint answers anybody, this worker included (${problemsOf(answers)})`;
    return { kind: 'echo-down', judgement: { podName: pod.name, level: sandboxLevel(ended), detail } };
  }
  for (const answer of answers) {
    deps.onSourceAnswer?.({ endpoint: answer.endpoint, source: sourceKind(answer, addresses) });
  }
  // A pod that was deleted before its end proves nothing, whatever one of its endpoints saw (E10).
  const require = hasEnded(ended) ? input.probe.require : 'all';
  const { detail, ...judged } = judgeSource(answers, { addresses, require });
  const level: EvidenceLevel = judged.verdict === 'proven' ? 3 : sandboxLevel(ended);
  deps.onPodJudged?.(level);
  if (input.purpose === 'heal' && input.isWatch !== true && judged.by === 'node') {
    deps.onRefuted?.({ readyChangedMs: deps.informer.get(input.node.name)?.readyChangedMs ?? null });
  }
  const judgement: PodJudgement = {
    podName: pod.name,
    level,
    detail: level > 0 ? detail : await describeSilence(deps, probe, detail),
    source: { ...judged, createdMs: Date.parse(ended.metadata?.creationTimestamp ?? '') || 0 },
  };
  const silence = judged.verdict === 'silent' ? silenceOf(ended, answers) : undefined;
  return { kind: 'judged', judgement, ...(silence === undefined ? {} : { silence }) };
}

/** Undefined where there is no more to say than that no answer came. */
function silenceOf(ended: PodObject, answers: readonly EndpointAnswer[]): Silence | undefined {
  if (answers.some(({ kind }) => kind === 'invalid')) return 'invalid';
  return hasEnded(ended) ? undefined : 'late';
}

/** A pod that has ended is not ready any more: its own address and a container show that it had a network (E8). */
function sandboxLevel(pod: PodObject): EvidenceLevel {
  const signs = podSigns(pod);
  return podEvidence(hasEnded(pod) ? { ...signs, readyToStartContainers: null } : signs);
}

async function describeSilence(deps: ProbingDeps, { ended, pod }: EndedProbe, detail: string): Promise<string> {
  const why = describeNothingProven(ended, await eventsOf(deps, pod));
  return detail === '' ? why : `${detail}; ${why}`;
}

function problemsOf(answers: readonly EndpointAnswer[]): string {
  return answers
    .flatMap((answer) => (answer.kind === 'answer' ? [] : [`${answer.endpoint}: ${answer.problem}`]))
    .join('; ');
}
