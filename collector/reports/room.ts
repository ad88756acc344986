/** Makes room for a report, or says why there is none: places for agents, bytes for all reports. */

import type { ExpectedPods } from '../verdict/expected-pods.ts';
import type { AgentTable } from './agent-table.ts';
import { bytesOf, type KnownAgent } from './known-agent.ts';
import { ReportProblem } from './parser.ts';
import { placeFor } from './places.ts';

/** A report without its zero extender; that of a host with hundreds of pods has some kilobytes. */
const REPORT_BYTES_MAX = 65_536;
/**
 * What all agents take together with their names and objects: a third of the heap that `bin/vigilante` gives the
 * collector. The start, a list and a page of metrics need little beside what is kept.
 */
export const TOTAL_BYTES_MAX = 64 * 1_048_576;
/** What other collectors wrote at the same time may go beyond; what does not fit there either is not kept. */
const SHARED_BYTES_MAX = 1.125 * TOTAL_BYTES_MAX;

/** There is no room for the report: too many agents are known, or their reports are too large together. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

export interface Room {
  /**
   * Throws `NoRoom` or `ReportProblem`. The agent has its place from then on.
   * Returns the records of strangers that were forgotten for it: they are to be removed from the store.
   */
  make(agent: KnownAgent): readonly string[];
  /** The report that room was made for is stored, or will not be. */
  done(agent: KnownAgent): void;
}

export interface RoomDeps {
  readonly table: AgentTable;
  readonly expected: ExpectedPods;
  readonly agentsMax: number;
}

/** Whether what a store holds fits, beside `bytes` of which the agent has some already where it is known. */
export function mayBeKept(
  agent: KnownAgent,
  { known, bytes }: { readonly known: KnownAgent | undefined; readonly bytes: number },
): boolean {
  const others = bytes - (known === undefined ? 0 : bytesOf(known));
  return agent.text.length <= REPORT_BYTES_MAX && others + bytesOf(agent) <= SHARED_BYTES_MAX;
}

export function createRoom({ table, expected, agentsMax }: RoomDeps): Room {
  /** Records whose first report is on its way into the store, with the name of the pod. */
  const arriving = new Map<string, { readonly podName: string; count: number }>();
  /** Size of all reports that are on their way into the store. */
  let arrivingBytes = 0;
  const isExpected = (podName: string) => expected.named(podName).length > 0;

  function findPlace({ name, podName }: KnownAgent): readonly string[] {
    if (table.get(name) !== undefined || arriving.has(name)) return [];
    const fresh = [...arriving].filter(([other]) => table.get(other) === undefined);
    const freshExpected = fresh.filter(([, other]) => isExpected(other.podName)).length;
    const newcomer = { isExpected: isExpected(podName) };
    const place = placeFor(newcomer, {
      agentsMax,
      expected: table.size() - table.strangerCount() + freshExpected,
      strangers: table.strangerCount() + fresh.length - freshExpected,
      arePodsKnown: expected.areKnown(),
    });
    if (place.kind === 'free') return [];
    const evicted = place.kind === 'of-a-stranger' ? table.evictStranger(name) : null;
    if (evicted !== null) return [evicted];
    const whose = newcomer.isExpected ? 'agents' : 'agents without a pod that is expected to report';
    throw new NoRoom(
      `no more reports of ${whose} are kept, see collector.agents.max (${agentsMax}): that of ${podName} is not taken`,
    );
  }

  function findBytes(agent: KnownAgent): readonly string[] {
    const evicted: string[] = [];
    const others = () => {
      const known = table.get(agent.name);
      return table.bytes() - (known === undefined ? 0 : bytesOf(known));
    };
    while (others() + bytesOf(agent) + arrivingBytes > TOTAL_BYTES_MAX) {
      const stranger = isExpected(agent.podName) ? table.evictStranger(agent.name) : null;
      if (stranger === null) {
        throw new NoRoom(`the reports that are kept have ${TOTAL_BYTES_MAX} bytes together: no larger one is taken`);
      }
      evicted.push(stranger);
    }
    return evicted;
  }

  return {
    make(agent) {
      const bytes = agent.text.length;
      if (bytes > REPORT_BYTES_MAX) {
        throw new ReportProblem(
          `the report: ${bytes} bytes without its zero extender: expected at most ${REPORT_BYTES_MAX}`,
        );
      }
      const evicted = [...findPlace(agent), ...findBytes(agent)];
      const arrival = arriving.get(agent.name) ?? { podName: agent.podName, count: 0 };
      arrival.count += 1;
      arrivingBytes += bytesOf(agent);
      arriving.set(agent.name, arrival);
      return evicted;
    },
    done(agent) {
      const { name } = agent;
      const arrival = arriving.get(name);
      if (arrival === undefined) return;
      arrivingBytes -= bytesOf(agent);
      arrival.count -= 1;
      if (arrival.count === 0) arriving.delete(name);
    },
  };
}
