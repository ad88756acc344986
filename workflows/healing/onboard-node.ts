/** The workflow `onboardNode`: heals one node as `healNode` does, with pods that are waited for. */

import type { HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { onboardNodeWorkflowId } from '../../contracts/healing/names.ts';
import type { OnboardNodeInput } from '../../contracts/healing/onboard-node.ts';
import { newerInputVersion, parseOnboardNodeInput } from '../../contracts/healing/onboarding-parser.ts';
import { acceptedInput } from '../accepted-input.ts';
import { handedOver, runHeal } from './heal.ts';
import { beginProbing, probe } from './probe-steps.ts';
import { type HealNodeResume, sessionFor } from './session.ts';

/**
 * @param input self-contained but for pod template and endpoints; wrong input fails the workflow with the key and what
 *   is allowed, one of a newer version waits for a newer worker.
 * @param resume handed over by continue-as-new only; ignored when the heal is started by hand.
 */
export async function onboardNode(input: OnboardNodeInput, resume?: HealNodeResume): Promise<HealNodeResult> {
  const newer = newerInputVersion(input);
  // Fails the task, not the workflow: a worker that knows this version goes on (E46).
  if (newer !== null) throw new Error(`this worker does not know version ${newer} of the input; a newer one does`);
  const accepted = acceptedInput(input, {
    parse: parseOnboardNodeInput,
    parseEarlier: parseOnboardNodeInput,
    workflowId: onboardNodeWorkflowId,
  });
  const { profile, policy } = accepted;
  return runHeal(sessionFor({ input: accepted, profile }, handedOver(resume)), {
    begin: beginProbing,
    attempt: (session) => probe(session, policy),
  });
}
