/** The open heals that a release before the workflow `onboardNode` cannot go on with: listed, and ended by cancellation. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { healIdPrefix, ONBOARD_NODE_WORKFLOW, onboardNodeWorkflowId } from '../../contracts/healing/names.ts';
import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import { inTime, isTaken, nullWhereNotFound } from '../requests.ts';
import { listHeals } from './list-heals.ts';

/** A cluster has fewer nodes; a list ends here whatever the server says. */
const OPEN_MAX = 50_000;
const POLL_MS = 500;

/** `cancelled`: the heal has switched its node off. `ended`: it was over before, or is another workflow by now. */
export type OnboardingEnd = 'cancelled' | 'ended' | 'still-open';

/** Both throw when Temporal does not answer in time. */
export interface OpenOnboardings {
  /** From the visibility, which is some seconds late. */
  list(): Promise<readonly NodeName[]>;
  /** Resolves when the heal is closed, at the latest after `timeoutMs`. */
  end(node: NodeName, timeoutMs: number): Promise<OnboardingEnd>;
}

export function openOnboardingsOf(client: Client, of: { cluster: string; profile: string }): OpenOnboardings {
  const handleOf = (node: NodeName) => client.workflow.getHandle(onboardNodeWorkflowId({ ...of, node }));
  const describe = (node: NodeName) => nullWhereNotFound(inTime(client, () => handleOf(node).describe()));
  const isOpen = async (node: NodeName) => {
    const found = await describe(node);
    return found?.status.name === 'RUNNING' && found.type === ONBOARD_NODE_WORKFLOW;
  };
  return {
    async list() {
      const executions = await listHeals(client, { ...of, running: true, countMax: OPEN_MAX });
      const prefix = healIdPrefix(of);
      return executions.flatMap(({ type, workflowId }) => {
        const node = type === ONBOARD_NODE_WORKFLOW ? parseNodeName(workflowId.slice(prefix.length)) : null;
        return node ?? [];
      });
    },
    async end(node, timeoutMs) {
      const deadlineMs = Date.now() + timeoutMs;
      if (!(await isOpen(node))) return 'ended';
      if (!(await isTaken(inTime(client, async () => void (await handleOf(node).cancel()))))) return 'ended';
      while (await isOpen(node)) {
        if (Date.now() >= deadlineMs) return 'still-open';
        await sleep(POLL_MS);
      }
      return (await describe(node))?.status.name === 'CANCELLED' ? 'cancelled' : 'ended';
    },
  };
}
