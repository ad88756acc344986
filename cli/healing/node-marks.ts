/** The marks of the nodes for `vigilante status`: read from the cluster where it answers soon, and left out where not. */

import { messageOf } from '../../domain/error-message.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import { isForeignMark, type NodeMark } from '../../domain/node/mark.ts';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import type { CommandContext } from '../command-context.ts';

/** The heals are shown without the marks when the cluster takes longer. */
const ANSWER_MAX_MS = 3_000;
/** How long `--watch` shows what it read: a list of a thousand nodes is some megabytes. */
const KEPT_MS = 30_000;

/** By the node's name; a node without a mark is not in it. */
export type NodeMarks = ReadonlyMap<string, NodeMark>;

export type MarksAnswer =
  | { readonly kind: 'known'; readonly marks: NodeMarks }
  | { readonly kind: 'unknown'; readonly message: string };

export interface MarksReader {
  read(nowMs: number): Promise<MarksAnswer>;
}

export function marksReader(context: CommandContext): MarksReader {
  let last: { readonly atMs: number; readonly answer: MarksAnswer } | null = null;
  return {
    async read(nowMs) {
      if (last !== null && nowMs - last.atMs < KEPT_MS) return last.answer;
      const answer = await soon(readMarks(context));
      last = { atMs: nowMs, answer };
      return answer;
    },
  };
}

/** A record for each marked node that has no heal. */
export function withoutHeal(marks: NodeMarks, records: readonly HealRecord[]): HealRecord[] {
  const known = new Set(records.map(({ node }) => node));
  return [...marks].flatMap(([node, mark]) => (known.has(node) || mark === 'withdrawn' ? [] : [markedNode(node)]));
}

/** How many marked nodes have no proof for their machine. */
export function countForeign(marks: NodeMarks): number {
  return [...marks.values()].filter(isForeignMark).length;
}

function markedNode(node: string): HealRecord {
  return {
    node,
    workflowId: '',
    runId: '',
    execution: 'none',
    startedMs: 0,
    closedMs: null,
    stateAttribute: null,
    status: null,
    pending: null,
    result: null,
  };
}

async function readMarks(context: CommandContext): Promise<MarksAnswer> {
  try {
    const nodes = await context.nodes();
    return { kind: 'known', marks: marksOf(await nodes.list()) };
  } catch (error) {
    return { kind: 'unknown', message: messageOf(error) };
  }
}

function marksOf(nodes: readonly NodeFacts[]): NodeMarks {
  return new Map(nodes.flatMap(({ name, mark }) => (mark === undefined ? [] : [[name, mark] as const])));
}

async function soon(answer: Promise<MarksAnswer>): Promise<MarksAnswer> {
  const late = Promise.withResolvers<MarksAnswer>();
  const message = `the cluster did not answer in ${ANSWER_MAX_MS / 1_000} s`;
  const timer = setTimeout(() => late.resolve({ kind: 'unknown', message }), ANSWER_MAX_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
