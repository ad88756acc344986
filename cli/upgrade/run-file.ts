/** Reads the file of a run, or the versions of a `k8s_deploy.conf`. */

import { readFileSync } from 'node:fs';
import { parseDeployFile } from '../../config/upgrade/deploy-file.ts';
import { parseFleetFile } from '../../config/upgrade/fleet-file.ts';
import type { UpgradeFleetInput } from '../../contracts/upgrade/upgrade-fleet.ts';
import { messageOf } from '../../domain/error-message.ts';
import { UPGRADE_PARTS } from '../../domain/upgrade/order.ts';
import { claimedUser } from '../claimed-user.ts';
import { CommandError, EXIT } from '../exit-code.ts';

/** Throws `ConfigError` with each key that is wrong. */
export function runOfFile(path: string): UpgradeFleetInput {
  return parseFleetFile(contentOf(path), { path, startedBy: claimedUser() });
}

/** A run of one cluster, in both parts. */
export function runOfDeployFile(path: string, cluster: string): UpgradeFleetInput {
  const versions = parseDeployFile(contentOf(path), path);
  const stage = {
    name: cluster,
    clusters: [cluster],
    parallelMax: 1,
    soak: null,
    approval: 'none',
    notBeforeMs: null,
  } as const;
  return {
    run: versions.kubernetes.replaceAll(/[^0-9a-z]+/g, '-'),
    versions,
    parts: [...UPGRADE_PARTS],
    stages: [stage],
    onUnreachable: 'halt',
    clusterFailuresMax: 0,
    startedBy: claimedUser(),
  };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${path}: ${messageOf(error)}`);
  }
}
