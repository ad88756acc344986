/** Reads the file of a run over clusters: the input of `upgradeFleet` as YAML, with durations and times as words. */

import { parse } from 'yaml';
import { z } from 'zod';
import { runName } from '../../contracts/maintenance/shapes.ts';
import { type Check, clusterName } from '../../contracts/shape.ts';
import { parseUpgradeFleetInput } from '../../contracts/upgrade/fleet-parser.ts';
import type { UpgradeFleetInput } from '../../contracts/upgrade/upgrade-fleet.ts';
import { messageOf } from '../../domain/error-message.ts';
import { parseVersion } from '../../domain/maintenance/version.ts';
import { STAGE_APPROVALS, UNREACHABLE_POLICIES } from '../../domain/upgrade/fleet-stage.ts';
import { UPGRADE_PARTS } from '../../domain/upgrade/order.ts';
import { ConfigError } from '../config-error.ts';
import { parseDurationMs } from '../schema/keys.ts';
import { ArtifactsSchema } from '../schema/maintenance-artifacts.ts';
import { issueWords } from './issue-words.ts';

const RESETS_MAX_DEFAULT = 3;
const SOAK_DEADLINE_DEFAULT = '21d';

/** Says which keys there are. */
function object<Keys extends z.ZodRawShape>(keys: Keys) {
  const allowed = Object.keys(keys).join(', ');
  return z.strictObject(keys, {
    error: ({ code, keys: unknown }) =>
      code === 'unrecognized_keys' ? `unknown key ${String(unknown)}, allowed are ${allowed}` : undefined,
  });
}

/** With the rule that holds for the workflow, so that all that is wrong with a file is told together. */
function ruledBy(check: Check<string>) {
  return z.string().superRefine((found, context) => {
    for (const problem of check(found, '')) context.addIssue({ code: 'custom', message: problem.replace(/^: /, '') });
  });
}

/** `expected`: for the message. */
function read<T>(parseText: (written: string) => T | null, expected: string) {
  return z.string(expected).transform((written, context) => {
    const found = parseText(written);
    if (found !== null) return found;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

const version = read(parseVersion, 'expected a version such as v1.37.2');
const duration = read(parseDurationMs, 'expected a duration such as 7d or 30m');
const moment = z.iso.datetime({ offset: true }).transform((written) => Date.parse(written));

const VersionsSchema = object({
  kubernetes: version,
  cni: version.nullable().default(null),
  crictl: version.nullable().default(null),
  etcd: version.nullable().default(null),
  artifacts: ArtifactsSchema.default([]),
});

const SoakSchema = object({
  for: duration,
  resetsMax: z.int().min(1).default(RESETS_MAX_DEFAULT),
  deadline: duration.prefault(SOAK_DEADLINE_DEFAULT),
}).transform(({ for: forMs, resetsMax, deadline: deadlineMs }) => ({ forMs, resetsMax, deadlineMs }));

const StageSchema = object({
  name: ruledBy(runName),
  clusters: z.array(ruledBy(clusterName)).min(1, 'expected at least one cluster'),
  parallelMax: z.int().min(1).default(1),
  soak: SoakSchema.nullable().default(null),
  approval: z.enum(STAGE_APPROVALS).default('none'),
  notBefore: moment.nullable().default(null),
}).transform(({ notBefore: notBeforeMs, ...rest }) => ({ ...rest, notBeforeMs }));

const FleetFileSchema = object({
  run: ruledBy(runName),
  versions: VersionsSchema,
  parts: z.array(z.enum(UPGRADE_PARTS)).default([...UPGRADE_PARTS]),
  stages: z.array(StageSchema).min(1, 'expected at least one stage'),
  onUnreachable: z.enum(UNREACHABLE_POLICIES).default('halt'),
  clusterFailuresMax: z.int().min(0).default(0),
});

/** `path`: for the messages. Throws `ConfigError` with each key that is wrong. */
export function parseFleetFile(
  text: string,
  { path, startedBy }: { readonly path: string; readonly startedBy: string },
): UpgradeFleetInput {
  const parsed = FleetFileSchema.safeParse(contentOf(text, path), { error: issueWords, reportInput: true });
  if (!parsed.success) {
    throw new ConfigError(
      path,
      parsed.error.issues.map(({ path: keys, message }) => `${keys.join('.') || 'the file'}: ${message}`),
    );
  }
  const found = parseUpgradeFleetInput({ ...parsed.data, startedBy });
  if (found.ok) return found.value;
  throw new ConfigError(path, found.problems);
}

function contentOf(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ConfigError(path, [`it is no YAML: ${messageOf(error)}`]);
  }
}
