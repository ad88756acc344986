/** Checks of what the connectivity activities return: see `healing-results.ts`. */

import type { Parsed } from '../parsed.ts';
import { type Check, isRecord, list, name, open, text, value } from '../shape.ts';
import type { ConnectivityActivities } from './activities.ts';
import { parseConnectivityVerdict } from './parser.ts';

type Results = { readonly [Name in keyof ConnectivityActivities]: Check };

const number = value('a number', (found) => typeof found === 'number' && Number.isFinite(found));
const nameOrNull: Check = (found, path) => (found === null || found === '' ? [] : name(found, path));
/** More than an activity handles at a time. */
const ENTRIES_MAX = 1_000;

const evaluation: Check = (found, path) => {
  if (!isRecord(found) || found['kind'] !== 'verdict') return open({ kind: name, message: text })(found, path);
  return problemsOf(parseConnectivityVerdict(found['verdict']));
};

export const CONNECTIVITY_RESULTS: Results = {
  evaluateConnectivity: evaluation,
  recordNodeConnectivity: open({ outcomes: list(name, ENTRIES_MAX) }),
  restartHealOfNode: (found, path) =>
    open({ kind: name, ...(isRecord(found) && found['kind'] === 'restarted' ? { windowMs: number } : {}) })(
      found,
      path,
    ),
  findAlarmedNodes: list(open({ node: open({ name, uid: name }), os: nameOrNull, sinceMs: number }), ENTRIES_MAX),
};

function problemsOf(parsed: Parsed<unknown>): readonly string[] {
  return parsed.ok ? [] : parsed.problems;
}
