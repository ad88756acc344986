/** The workflow `healNode`: heals one Windows node until its pods prove that they get a network. */

import type { HealNodeInput, HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { healNodeWorkflowId } from '../../contracts/healing/names.ts';
import { parseEarlierHealNodeInput, parseHealNodeInput } from '../../contracts/healing/parser.ts';
import { acceptedInput } from '../accepted-input.ts';
import { handedOver, runHeal } from './heal.ts';
import { type HealNodeResume, sessionFor } from './session.ts';
import { attempt, begin } from './steps.ts';

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the heal is started by hand.
 */
export async function healNode(input: HealNodeInput, resume?: HealNodeResume): Promise<HealNodeResult> {
  const accepted = acceptedInput(input, {
    parse: parseHealNodeInput,
    parseEarlier: parseEarlierHealNodeInput,
    workflowId: healNodeWorkflowId,
  });
  return runHeal(sessionFor({ input: accepted, profile: null }, handedOver(resume)), { begin, attempt });
}
