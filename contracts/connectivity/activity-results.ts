/** Checks of what the connectivity activities return: see `contracts/healing/activity-results.ts`. */

import type { NodeRef } from '../../domain/node/identity.ts';
import { nodeName, nodeUid } from '../node-identity.ts';
import { type Check, isRecord, list, name, open, orNull, type Problems, text, value } from '../shape.ts';
import type { AlarmedNode, ConnectivityActivities } from './activities.ts';
import { parseConnectivityVerdict } from './parser.ts';
import type { Evaluation } from './watch-connectivity.ts';

type Results = {
  readonly [Name in keyof ConnectivityActivities]: Check<Awaited<ReturnType<ConnectivityActivities[Name]>>>;
};

const number = value<number>('a number', (found) => typeof found === 'number' && Number.isFinite(found));
const osLabel = orNull(value<string>('a text', (found) => found === '' || name(found, '').length === 0));
/** More than an activity handles at a time. */
const ENTRIES_MAX = 1_000;

const evaluation: Check<Evaluation> = (found, path) => {
  if (!isRecord(found) || found['kind'] !== 'verdict') return open({ kind: name, message: text })(found, path);
  return verdictProblems(found['verdict']);
};
const recorded: Check = open({ outcomes: list(name, ENTRIES_MAX) });
const node = open<NodeRef>({ name: nodeName, uid: nodeUid });

export const CONNECTIVITY_RESULTS: Results = {
  evaluateConnectivity: evaluation,
  recordNodeConnectivity: (found, path): Problems => recorded(found, path),
  restartHealOfNode: (found, path) =>
    isRecord(found) && found['kind'] === 'restarted'
      ? open({ kind: name, windowMs: number })(found, path)
      : open({ kind: name })(found, path),
  findAlarmedNodes: list(open<AlarmedNode>({ node, os: osLabel, sinceMs: number }), ENTRIES_MAX),
};

function verdictProblems(verdict: unknown): Problems {
  const found = parseConnectivityVerdict(verdict);
  return found.ok ? [] : found.problems;
}
