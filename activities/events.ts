/** Events on the node: useful, but never a reason to fail the work that they are about (H17). */

import { log } from '@temporalio/activity';

import { clusterFailure } from '../kubernetes/client/cluster-error.ts';
import type { NodeEvent, NodeEvents } from '../kubernetes/nodes/events.ts';

export interface EventDeps {
  readonly events: NodeEvents;
  /** An Event that the API server refused, and that was left out. */
  readonly onEventDropped?: (reason: string) => void;
}

/**
 * Throws only where the API server could not be asked. A refused Event is logged and counted: returns why it was left
 * out, null where it was written.
 */
export async function recordEvent(deps: EventDeps, event: NodeEvent): Promise<string | null> {
  try {
    await deps.events.record(event);
    return null;
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    const { node, reason } = event;
    deps.onEventDropped?.(reason);
    log.warn('an Event was refused and is left out', { node: node.name, reason, problem: failure.message });
    return failure.message;
  }
}
