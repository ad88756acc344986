/** Reports marks that are not proven for their machine: an Event for each node, once, and counts for the metrics. */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import {
  describeForeignMark,
  type ForeignMarkPolicy,
  foreignMarkKey,
  isForeignMark,
  MARK_STANDINGS,
  type MarkStanding,
} from '../../domain/node/mark.ts';
import { clusterFailure } from '../../kubernetes/client/cluster-error.ts';
import type { NodeEvents } from '../../kubernetes/nodes/events.ts';
import type { Log } from '../../runtime/log.ts';

/** The others wait for the next reconcile: a thousand nodes marked by cops-vigilante are reported over some minutes. */
const EVENTS_PER_ROUND_MAX = 100;
/** An API server that answers slowly must not hold up the reconcile. */
const ROUND_MAX_MS = 5_000;
/** A machine that reports another boot all the time is reported so often only, until the process ends. */
const EVENTS_PER_NODE_MAX = 5;

export interface ForeignMarksDeps {
  readonly events: NodeEvents;
  readonly annotation: string;
  readonly policy: ForeignMarkPolicy;
  readonly log: Log;
  readonly onEventDropped: () => void;
}

export interface ForeignMarks {
  /** Called with all Windows nodes at each reconcile. Never throws: what could not be written is due again. */
  report(nodes: readonly NodeFacts[]): Promise<void>;
}

interface Reported {
  readonly uid: string;
  readonly keys: ReadonlySet<string>;
}

export function createForeignMarks(deps: ForeignMarksDeps): ForeignMarks {
  const reported = new Map<NodeName, Reported>();
  let logged = '';

  const keysOf = ({ name, uid }: NodeFacts): ReadonlySet<string> => {
    const known = reported.get(name);
    return known?.uid === uid ? known.keys : new Set();
  };
  const remember = (facts: NodeFacts, key: string) =>
    reported.set(facts.name, { uid: facts.uid, keys: new Set([...keysOf(facts), key]) });

  /** False where the API server could not be asked: then the others wait, too. */
  async function write(facts: NodeFacts, mark: MarkStanding): Promise<boolean> {
    const { annotation, events, log } = deps;
    const key = foreignMarkKey(facts);
    const { name, uid, healed } = facts;
    const policy = healed ? 'believe' : 'heal';
    const message = describeForeignMark({ annotation, mark, policy });
    try {
      await events.record({ node: { name, uid }, type: 'Warning', reason: 'ForeignMark', message, key });
    } catch (error) {
      const failure = clusterFailure(error);
      log.warn({ node: name }, `the Event ForeignMark of node ${name} is not written: ${failure.message}`);
      if (failure.kind === 'unreachable') return false;
      deps.onEventDropped();
    }
    remember(facts, key);
    return true;
  }

  return {
    async report(nodes) {
      const names = new Set(nodes.map(({ name }) => name));
      for (const name of reported.keys()) if (!names.has(name)) reported.delete(name);
      const due = nodes.filter((facts) => {
        if (!facts.windows || !isForeignMark(facts.mark)) return false;
        const keys = keysOf(facts);
        return keys.size < EVENTS_PER_NODE_MAX && !keys.has(foreignMarkKey(facts));
      });
      const startedMs = performance.now();
      for (const facts of due.slice(0, EVENTS_PER_ROUND_MAX)) {
        if (performance.now() - startedMs > ROUND_MAX_MS) break;
        if (isForeignMark(facts.mark) && !(await write(facts, facts.mark))) break;
      }
      logged = logChange(deps, nodes, logged);
    },
  };
}

/** How many marked nodes there are of each standing. */
export function countMarks(nodes: readonly NodeFacts[]): Record<MarkStanding, number> {
  const counts: Record<MarkStanding, number> = {
    proven: 0,
    'no-proof': 0,
    'other-node': 0,
    'other-machine': 0,
    'other-boot': 0,
    'other-image': 0,
    'not-ready': 0,
  };
  for (const { mark, windows } of nodes) if (windows && mark !== undefined && mark !== 'withdrawn') counts[mark] += 1;
  return counts;
}

/** One line for all nodes, when the counts change. */
function logChange({ log, policy }: ForeignMarksDeps, nodes: readonly NodeFacts[], logged: string): string {
  const counts = countMarks(nodes);
  const parts = MARK_STANDINGS.filter((mark) => isForeignMark(mark) && counts[mark] > 0).map(
    (mark) => `${counts[mark]} ${mark}`,
  );
  const text = parts.join(', ');
  if (text !== '' && text !== logged) {
    log.warn(`nodes marked as healed without a proof for this machine: ${text} (healing.foreignMark: ${policy})`);
  }
  return text;
}
