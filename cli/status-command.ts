/** `vigilante status [NODE…]`. */

import type { NodeName } from '../domain/node-identity.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type HealRecord, stateOf } from './heal-record.ts';
import { type Heals, healsOf } from './heals.ts';
import { mapBounded } from './map-bounded.ts';
import { renderStatus, type StatusFormat } from './render-status.ts';
import type { Terminal } from './terminal.ts';
import type { Workplace } from './workplace.ts';

const WATCH_MS = 2_000;
const FINDS_AT_ONCE = 10;
const CLEAR_SCREEN = '\u001B[2J\u001B[H';

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
  workplace: Workplace,
  terminal: Terminal,
  request: StatusCommand,
): Promise<ExitCode> {
  const { cluster } = workplace.config;
  const heals = healsOf(await workplace.client(), cluster);
  let shown = '';
  for (;;) {
    const records = await matching(heals, request);
    const missing = request.nodes.filter((node) => !records.some((record) => record.node === node));
    const empty = emptyWords(cluster, request);
    const text = renderStatus(records, { cluster, nowMs: terminal.nowMs(), format: request.format, empty });
    if (!request.watch) {
      terminal.write(text);
      const notes = missing.map((node) => `no heal of node ${node}${stateWords(request)} in cluster ${cluster}\n`);
      if (records.length > 0 || request.format === 'json') terminal.note(notes.join(''));
      return missing.length > 0 ? EXIT.conditionNotMet : EXIT.ok;
    }
    if (terminal.interactive) terminal.write(`${CLEAR_SCREEN}${text}`);
    else if (text !== shown) terminal.write(text);
    shown = text;
    await terminal.pause(WATCH_MS);
    if (terminal.interrupted()) return EXIT.ok;
  }
}

async function matching(heals: Heals, { nodes, state, all }: StatusCommand): Promise<HealRecord[]> {
  const records =
    nodes.length === 0
      ? await heals.list({ closed: all })
      : (await mapBounded(nodes, FINDS_AT_ONCE, (node) => heals.find(node))).filter((record) => record !== null);
  return state === null ? records : records.filter((record) => stateOf(record) === state);
}

function emptyWords(cluster: string, request: StatusCommand): string {
  if (request.nodes.length > 0)
    return `no heal of ${request.nodes.join(', ')}${stateWords(request)} in cluster ${cluster}`;
  if (request.state !== null) return `no heal${stateWords(request)} in cluster ${cluster}`;
  if (request.all) return `no heals in cluster ${cluster}`;
  return `no heal is running in cluster ${cluster} (finished ones: --all)`;
}

function stateWords({ state }: StatusCommand): string {
  return state === null ? '' : ` in state ${state}`;
}
