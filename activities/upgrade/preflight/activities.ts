/** The activity that checks a cluster before an upgrade: every check of the moment has a result (M7). */

import type { PreflightActivities, PreflightInput } from '../../../contracts/upgrade/activities.ts';
import { messageOf } from '../../../domain/error-message.ts';
import { CHECKS, type CheckName, type CheckResult } from '../../../domain/upgrade/check.ts';
import { checkResult } from '../../../domain/upgrade/preflight/finding.ts';
import { askingCluster } from '../../failures.ts';
import { apiHealth, certificates, nodes, pendingCsrs, removed, skew } from './cluster-checks.ts';
import type { PreflightDeps } from './deps.ts';
import { etcdAlarms, etcdMembers, etcdSnapshot } from './etcd-checks.ts';
import type { Finder, Found } from './found.ts';
import { lookAt } from './look.ts';
import { budgets, capacity, othersAtWork, webhooks } from './object-checks.ts';
import { alerts, artifacts, connectivity, executors, privileges } from './run-checks.ts';

/** `again`: also before each wave, since it can have changed by then. */
interface Check {
  readonly find: Finder;
  readonly again: boolean;
}

const CHECK_OF: Readonly<Record<CheckName, Check>> = {
  skew: { find: skew, again: true },
  'etcd-members': { find: etcdMembers, again: true },
  'etcd-alarms': { find: etcdAlarms, again: true },
  'etcd-snapshot': { find: etcdSnapshot, again: false },
  'api-health': { find: apiHealth, again: true },
  nodes: { find: nodes, again: true },
  budgets: { find: budgets, again: true },
  webhooks: { find: webhooks, again: true },
  'removed-apis': { find: removed, again: false },
  certificates: { find: certificates, again: false },
  'pending-csrs': { find: pendingCsrs, again: false },
  alerts: { find: alerts, again: true },
  connectivity: { find: connectivity, again: true },
  privileges: { find: privileges, again: false },
  'others-at-work': { find: othersAtWork, again: false },
  artifacts: { find: artifacts, again: false },
  executors: { find: executors, again: false },
  capacity: { find: capacity, again: true },
};

export function createPreflightActivities(deps: PreflightDeps): PreflightActivities {
  return { checkCluster: (input) => askingCluster(() => checkCluster(deps, input)) };
}

async function checkCluster(deps: PreflightDeps, input: PreflightInput): Promise<readonly CheckResult[]> {
  const look = lookAt(deps, input);
  const results: CheckResult[] = [];
  for (const check of CHECKS) {
    const { find, again } = CHECK_OF[check];
    if (input.moment === 'before-wave' && !again) continue;
    const found = await foundOr(check, () => find(deps, look));
    results.push(checkResult(check, found, { accept: deps.settings.accept, nowMs: look.nowMs }));
  }
  deps.onChecked?.(results);
  return results;
}

/** What could not be looked at is unknown, and blocks. */
async function foundOr(check: CheckName, find: () => Promise<Found>): Promise<Found> {
  try {
    return await find();
  } catch (error) {
    return { findings: [{ answer: 'unknown', object: check, detail: messageOf(error) }], fine: '' };
  }
}
