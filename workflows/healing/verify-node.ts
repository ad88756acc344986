/** The workflow `verifyNode`: probes a node once, and marks nothing. */

import { verifyNodeWorkflowId } from '../../contracts/healing/names.ts';
import type { VerifyNodeInput, VerifyNodeResult } from '../../contracts/healing/onboard-node.ts';
import type { ProbePodResult } from '../../contracts/healing/onboarding-activities.ts';
import { parseVerifyNodeInput } from '../../contracts/healing/onboarding-parser.ts';
import { acceptedInput } from '../accepted-input.ts';
import { callOf } from './calls.ts';

const ATTEMPT = 1;

/** Wrong input fails the workflow with the key and what is allowed. */
export async function verifyNode(input: VerifyNodeInput): Promise<VerifyNodeResult> {
  const { cluster, node, profile, policy } = acceptedInput(input, {
    parse: parseVerifyNodeInput,
    parseEarlier: parseVerifyNodeInput,
    workflowId: verifyNodeWorkflowId,
  });
  const place = { cluster, profile, retryMaxMs: RETRY_MAX_MS };
  const seen = await callOf(place, 'observeNode', { summary: 'read the node', input: { node, live: true } });
  if (seen.kind === 'gone') return { kind: 'not-judged', detail: 'there is no such node' };
  const { uid } = seen.facts;
  const result = await callOf(place, 'probePod', {
    summary: 'probe the node',
    input: {
      node: { name: node, uid },
      attempt: ATTEMPT,
      probe: policy,
      purpose: 'verify',
      isAfterRejection: false,
    },
    takesMs: policy.patienceMs,
  });
  return resultOf(result);
}

const RETRY_MAX_MS = 5_000;

function resultOf({ node, outcome }: ProbePodResult): VerifyNodeResult {
  switch (outcome.kind) {
    case 'judged':
    case 'echo-down':
      return { kind: outcome.kind, judgement: outcome.judgement };
    case 'vanished':
      return { kind: 'not-judged', detail: 'the pod was removed before it was judged' };
    case 'rejected':
      return { kind: 'not-judged', detail: outcome.message };
    case 'skipped':
      return { kind: 'not-judged', detail: node.kind === 'gone' ? 'the node is gone' : 'the node is not Ready' };
  }
}
