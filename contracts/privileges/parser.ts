/** Parses what reaches `watchPrivileges` from outside: its input, and what its activities return. */

import type { ObjectRef } from '../../domain/privileges/container.ts';
import { JUDGEMENTS } from '../../domain/privileges/judgement.ts';
import type { SeenUser } from '../../domain/privileges/observation.ts';
import { type PrivilegeRow, type PrivilegesReport, ROWS_MAX } from '../../domain/privileges/report.ts';
import type { SeenPrivileges } from '../../domain/privileges/seen.ts';
import {
  type Check,
  clusterName,
  countFromZero,
  flag,
  isRecord,
  list,
  oneOf,
  open,
  orNull,
  type Parsed,
  parsed,
  shape,
  text,
  value,
  wholeNumber,
} from '../shape.ts';
import type { PrivilegesActivities, PrivilegesEvaluation } from './activities.ts';
import type { WatchPrivilegesInput } from './watch-privileges.ts';

type Results = {
  readonly [Name in keyof PrivilegesActivities]: Check<Awaited<ReturnType<PrivilegesActivities[Name]>>>;
};

const DAY_MS = 86_400_000;
const LIST_MAX = 64;
const TEXT_LENGTH_MAX = 500;

const input = shape<WatchPrivilegesInput>({ cluster: clusterName, searchAttributes: flag });

export function parseWatchPrivilegesInput(found: unknown): Parsed<WatchPrivilegesInput> {
  return parsed(found, input, 'input');
}

const shortText = value<string>(
  `a text of at most ${TEXT_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found.length <= TEXT_LENGTH_MAX,
);
const shortTexts = list(shortText, LIST_MAX);
const intervalMs = wholeNumber({ min: 1, max: DAY_MS });

const seen = open<SeenPrivileges>({
  users: list(open<SeenUser>({ uid: orNull(countFromZero), gid: orNull(countFromZero) }), LIST_MAX),
  capabilities: shortTexts,
  privileged: flag,
  hostNamespaces: list(oneOf('network', 'pid', 'ipc'), LIST_MAX),
  hostRoot: flag,
  windowsUser: orNull(shortText),
  hostProcess: flag,
});

const row = open<PrivilegeRow>({
  namespace: orNull(shortText),
  workload: orNull(shortText),
  container: orNull(shortText),
  group: orNull(shortText),
  judgement: oneOf(...JUDGEMENTS),
  findings: shortTexts,
  count: countFromZero,
  worst: orNull(
    open<NonNullable<PrivilegeRow['worst']>>({
      pod: shortText,
      node: shortText,
      owner: open<ObjectRef>({ apiVersion: shortText, kind: shortText, name: shortText, uid: shortText }),
      source: oneOf('processes', 'status', 'spec'),
    }),
  ),
  seen: orNull(seen),
});

const report = open<PrivilegesReport>({
  atMs: countFromZero,
  counts: open<PrivilegesReport['counts']>({
    more: countFromZero,
    undeclared: countFromZero,
    unknown: countFromZero,
    less: countFromZero,
    'as-declared': countFromZero,
    absent: countFromZero,
  }),
  rows: list(row, ROWS_MAX),
  omitted: countFromZero,
  problems: shortTexts,
});

const evaluation: Check<PrivilegesEvaluation> = (found, path) =>
  isRecord(found) && found['kind'] === 'report'
    ? open({ kind: text, report, intervalMs })(found, path)
    : open({ kind: oneOf('unavailable'), message: shortText, intervalMs })(found, path);

/** Whoever completes an activity by hand may return anything. */
export const PRIVILEGES_RESULTS: Results = {
  evaluatePrivileges: evaluation,
  recordPrivilegeDrift: open({ problem: orNull(shortText) }),
};
