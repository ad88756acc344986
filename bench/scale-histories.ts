/** What the histories of the heals show of a run: how late timers fired, and what a cycle costs in events and bytes. */

import { Client, Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { HEAL_NODE_WORKFLOW } from '../contracts/healing/names.ts';

type History = proto.temporal.api.history.v1.IHistory;

/** One cycle: a timer, then the attempt that it was for. */
export interface Cycle {
  readonly node: string;
  /** When the timer was to fire. */
  readonly dueMs: number;
  readonly firedMs: number;
  /** When a worker had the activity. */
  readonly startedMs: number;
  readonly podName: string;
}

export interface HistorySummary {
  readonly histories: number;
  readonly cycles: readonly Cycle[];
  readonly eventsPerCycle: number;
  readonly bytesPerCycle: number;
}

const { EventType } = proto.temporal.api.enums.v1;

/** Of at most so many heals, evenly spread over their ids. */
export async function summarizeHistories(
  address: string,
  { heals }: { readonly heals: number },
): Promise<HistorySummary> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = '${HEAL_NODE_WORKFLOW}'` }))
      ids.push(workflowId);
    const step = Math.max(1, ids.length / heals);
    const chosen = ids.sort().filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
    const histories: History[] = [];
    for (const id of chosen) histories.push(await client.workflow.getHandle(id).fetchHistory());
    return { histories: histories.length, cycles: histories.flatMap(cyclesOf), ...costOf(histories) };
  } finally {
    await connection.close();
  }
}

/** From the start of one timer to the start of the next. */
function costOf(histories: readonly History[]): { eventsPerCycle: number; bytesPerCycle: number } {
  let cycles = 0;
  let events = 0;
  let bytes = 0;
  for (const history of histories) {
    const all = history.events ?? [];
    const timers = all.flatMap(({ eventType }, index) =>
      eventType === EventType.EVENT_TYPE_TIMER_STARTED ? [index] : [],
    );
    const [first] = timers;
    const last = timers.at(-1);
    if (first === undefined || last === undefined) continue;
    const between = all.slice(first, last);
    cycles += timers.length - 1;
    events += between.length;
    bytes += proto.temporal.api.history.v1.History.encode({ events: between }).finish().length;
  }
  return { eventsPerCycle: events / cycles, bytesPerCycle: bytes / cycles };
}

function cyclesOf({ events }: History): Cycle[] {
  const cycles: Cycle[] = [];
  let due: number | null = null;
  let fired: number | null = null;
  let scheduled: { readonly id: string; readonly input: AttemptInput } | null = null;
  for (const event of events ?? []) {
    const atMs = tsToMs(event.eventTime);
    const { timerStartedEventAttributes: timer, activityTaskScheduledEventAttributes: activity } = event;
    if (timer) due = atMs + tsToMs(timer.startToFireTimeout);
    else if (event.timerFiredEventAttributes) fired = atMs;
    else if (activity?.activityType?.name === 'attemptPod') {
      const data = activity.input?.payloads?.[0]?.data;
      if (data)
        scheduled = { id: String(event.eventId), input: JSON.parse(Buffer.from(data).toString()) as AttemptInput };
    }
    const of = event.activityTaskStartedEventAttributes?.scheduledEventId;
    if (of === undefined || scheduled === null || String(of) !== scheduled.id || due === null || fired === null)
      continue;
    const { node, attempt } = scheduled.input;
    cycles.push({
      node: node.name,
      dueMs: due,
      firedMs: fired,
      startedMs: atMs,
      podName: podNameOf(node.name, attempt),
    });
    due = null;
    fired = null;
  }
  return cycles;
}

interface AttemptInput {
  readonly node: { readonly name: string };
  readonly attempt: number;
}

/** Of nodes with short names. */
export function podNameOf(node: string, attempt: number): string {
  return `vigilante-snat-healer-${node}-${attempt}`;
}
