/** `vigilante status [NODE…]`. */

import pMap from 'p-map';
import type { NodeName } from '../../domain/node/identity.ts';
import { type HealRecord, stateOf } from '../../temporal/healing/heal-record.ts';
import { type HealRecords, healRecordsOf } from '../../temporal/healing/heal-records.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { watchText } from '../watch-text.ts';
import { countForeign, type MarksAnswer, marksReader, type NodeMarks, withoutHeal } from './node-marks.ts';
import { renderStatus, type StatusFormat } from './render-status.ts';

const FINDS_AT_ONCE = 10;

export interface StatusCommand {
  /** Empty: all nodes of the cluster. */
  readonly nodes: readonly NodeName[];
  readonly format: StatusFormat;
  readonly watch: boolean;
  readonly state: string | null;
  /** Also finished heals. Named nodes are shown in any case. */
  readonly all: boolean;
}

export async function statusCommand(
  context: CommandContext,
  terminal: Terminal,
  request: StatusCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const heals = healRecordsOf(await context.client(), cluster, context.profile.name);
  const reader = marksReader(context);
  const look = async () => {
    const [answer, found] = await Promise.all([reader.read(terminal.nowMs()), foundHeals(heals, request)]);
    const marks: NodeMarks = answer.kind === 'known' ? answer.marks : new Map();
    const records = matching(found, marks, request);
    const shown = {
      cluster,
      nowMs: terminal.nowMs(),
      format: request.format,
      empty: emptyMessage(cluster, request),
      marks,
    };
    return { answer, records, text: renderStatus(records, shown) };
  };
  if (request.watch) return watchText(terminal, async () => (await look()).text);
  const { answer, records, text } = await look();
  const missing = request.nodes.filter((node) => !records.some((record) => record.node === node));
  terminal.write(text);
  const notes = missing.map((node) => `no heal of node ${node}${stateCondition(request)} in cluster ${cluster}\n`);
  if (records.length > 0 || request.format === 'json') terminal.note(notes.join(''));
  terminal.note(marksNote(answer, { request, areMissed: request.all || missing.length > 0 }));
  return missing.length > 0 ? EXIT.conditionNotMet : EXIT.ok;
}

async function foundHeals(heals: HealRecords, { nodes, all }: StatusCommand): Promise<HealRecord[]> {
  if (nodes.length === 0) return heals.list({ closed: all });
  const records = await pMap(nodes, (node) => heals.find(node), { concurrency: FINDS_AT_ONCE });
  return records.filter((record) => record !== null);
}

/** With the marked nodes that have no heal, where all nodes or these are asked for. */
function matching(found: readonly HealRecord[], marks: NodeMarks, request: StatusCommand): HealRecord[] {
  const { nodes, state, all } = request;
  const names = new Set<string>(nodes);
  const marked = withoutHeal(marks, found).filter(({ node }) => (names.size === 0 ? all : names.has(node)));
  const records = [...found, ...marked];
  return state === null ? records : records.filter((record) => stateOf(record) === state);
}

/** Empty where there is nothing to say. `areMissed`: with the marks more nodes might be shown. */
function marksNote(
  answer: MarksAnswer,
  { request, areMissed }: { readonly request: StatusCommand; readonly areMissed: boolean },
): string {
  if (answer.kind === 'unknown') return areMissed ? `the marks of the nodes are not shown: ${answer.message}\n` : '';
  const count = countForeign(answer.marks);
  if (count === 0 || request.all || request.nodes.length > 0) return '';
  const subject = count === 1 ? '1 node is' : `${count} nodes are`;
  return `${subject} marked as healed without a proof for this machine (which: vigilante status --all)\n`;
}

function emptyMessage(cluster: string, request: StatusCommand): string {
  if (request.nodes.length > 0)
    return `no heal of ${request.nodes.join(', ')}${stateCondition(request)} in cluster ${cluster}`;
  if (request.state !== null) return `no heal${stateCondition(request)} in cluster ${cluster}`;
  if (request.all) return `no heals in cluster ${cluster}`;
  return `no heal is running in cluster ${cluster} (finished ones: --all)`;
}

function stateCondition({ state }: StatusCommand): string {
  return state === null ? '' : ` in state ${state}`;
}
