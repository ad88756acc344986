/** `vigilante verify NODE…` and `--all`: one probe of each node, which marks nothing. */

import pMap from 'p-map';
import { type HealingProfile, profilesOf } from '../../config/policies/profiles.ts';
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
  /** Of the configuration; `snat` is always there. */
  readonly profile: string;
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
  { nodes, endpoint, profile }: VerifyCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const chosen = profileOf(context, profile);
  const { healing } = chosen;
  const names = nodes.length > 0 ? nodes : await readyNodes(context, chosen);
  const client = await context.client();
  const policy: ProbePolicy = {
    endpoints: endpoint === null ? [] : [endpoint],
    require: healing.echo.require,
    patienceMs: healing.patienceMs,
  };
  const verified = async (node: NodeName) =>
    verifyRow(node, await verifyOnce(client, { cluster, node, profile }, policy));
  const rows = await pMap(names, verified, { concurrency: AT_ONCE_MAX });
  terminal.write(renderTable(COLUMNS, rows));
  return rows.every(({ source }) => source.startsWith(OWN)) ? EXIT.ok : EXIT.conditionNotMet;
}

const OWN = 'own';

export function verifyRow(node: string, result: VerifyNodeResult): VerifyRow {
  if (result.kind === 'not-judged') return { node, source: 'silent', detail: result.detail };
  const { detail, source } = result.judgement;
  return { node, source: describeSource(source) ?? 'silent', detail };
}

function profileOf({ config }: CommandContext, name: string): HealingProfile {
  const profiles = profilesOf(config);
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = profiles.map((profile) => profile.name).join(', ');
  throw new CommandError(EXIT.usage, `verify: the configuration has no profile ${name}, only ${names}`);
}

async function readyNodes(context: CommandContext, profile: HealingProfile): Promise<NodeName[]> {
  const nodes = await context.nodes(profile);
  const names = (await nodes.list()).filter(({ windows, ready }) => windows && ready).map(({ name }) => name);
  if (names.length > 0) return names.toSorted((a, b) => a.localeCompare(b));
  const kind = profile.os === 'windows' ? 'Windows' : 'Linux';
  throw new CommandError(EXIT.conditionNotMet, `no ${kind} node of cluster ${context.config.cluster} is Ready`);
}
