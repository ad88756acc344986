/** `vigilante verify NODE…` and `--all`: one probe of each node, which marks nothing. */

import pMap from 'p-map';
import type { ProbePolicy, VerifyNodeResult } from '../../contracts/healing/onboard-node.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { verifyOnce } from '../../temporal/healing/verifications.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { type Column, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { describeSource } from './heal-row.ts';

export interface VerifyCommand {
  /** Empty: all nodes that the healing considers and that are Ready. */
  readonly nodes: readonly NodeName[];
  /** Null: all that the worker knows. */
  readonly endpoint: string | null;
}

const AT_ONCE_MAX = 10;

interface VerifyRow {
  readonly node: string;
  readonly source: string;
  readonly detail: string;
}

const COLUMNS: readonly Column<VerifyRow>[] = [
  { title: 'NODE', cell: (row) => row.node },
  { title: 'SOURCE', cell: (row) => row.source },
  { title: 'DETAIL', cell: (row) => row.detail },
];

export async function verifyCommand(
  context: CommandContext,
  terminal: Terminal,
  { nodes, endpoint }: VerifyCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const { name: profile, configured } = context.profile;
  const { echo, patienceMs } = configured?.healing ?? context.config.healing;
  const names = nodes.length > 0 ? nodes : await readyNodes(context);
  const client = await context.client();
  const policy: ProbePolicy = {
    endpoints: endpoint === null ? [] : [endpoint],
    require: echo.require,
    patienceMs,
  };
  const rows = await pMap(
    names,
    async (node) => verifyRow(node, await verifyOnce(client, { cluster, node, profile }, policy)),
    {
      concurrency: AT_ONCE_MAX,
    },
  );
  terminal.write(renderTable(COLUMNS, rows));
  return rows.every(({ source }) => source.startsWith(OWN)) ? EXIT.ok : EXIT.conditionNotMet;
}

const OWN = 'own';

export function verifyRow(node: string, result: VerifyNodeResult): VerifyRow {
  if (result.kind === 'not-judged') return { node, source: 'silent', detail: result.detail };
  const { detail, source } = result.judgement;
  return { node, source: describeSource(source) ?? 'silent', detail };
}

async function readyNodes(context: CommandContext): Promise<NodeName[]> {
  const nodes = await context.nodes();
  const names = (await nodes.list()).filter(({ windows, ready }) => windows && ready).map(({ name }) => name);
  if (names.length > 0) return names.toSorted((a, b) => a.localeCompare(b));
  throw new CommandError(EXIT.conditionNotMet, `no Windows node of cluster ${context.config.cluster} is Ready`);
}
