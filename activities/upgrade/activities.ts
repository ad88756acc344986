/** The activities of `upgradeCluster`. Decisions are made by the workflow. */

import { Context } from '@temporalio/activity';
import type { UpgradeClusterActivities } from '../../contracts/upgrade/cluster-activities.ts';
import { describeAlerts } from '../../domain/maintenance/alert-gate.ts';
import { brokenPods, newlyBroken } from '../../domain/upgrade/after-checks.ts';
import { askingCluster, askingTemporal } from '../failures.ts';
import type { UpgradeActivityDeps } from './deps.ts';
import { lookAtUpgrade } from './looking.ts';
import { writeReport } from './reporting.ts';
import { awaitMaintenance, closeBreaker, watchWork } from './working.ts';

export function createUpgradeClusterActivities(deps: UpgradeActivityDeps): UpgradeClusterActivities {
  const { settings, maintenances } = deps;
  return {
    lookAtUpgrade: (input) => askingCluster(() => lookAtUpgrade(deps, input)),
    findBrokenPods: ({ before }) =>
      askingCluster(async () => {
        const broken = brokenPods(await deps.pods());
        if (before === null) return broken;
        return newlyBroken(broken, { before, allowed: settings.allowedBroken, nowMs: deps.now() });
      }),
    async lookAtWaveAlerts({ sinceMs }) {
      if (deps.alerts === null) return { kind: 'quiet' };
      const verdict = await deps.alerts.verdict(sinceMs, Context.current().cancellationSignal);
      if (verdict.kind === 'quiet') return { kind: 'quiet' };
      return { kind: verdict.kind, detail: describeAlerts(verdict) ?? '' };
    },
    watchWork: (input) => askingTemporal(() => watchWork(deps, input)),
    awaitMaintenance: (input) => askingTemporal(() => awaitMaintenance(deps, input)),
    resolveMaintenance: ({ node, ...payload }) =>
      askingTemporal(async () => ((await maintenances.resolve(node, payload)) ? 'taken' : 'refused')),
    closeBreaker: (payload) => askingTemporal(() => closeBreaker(deps, payload)),
    tellUpgrade: async (told) => deps.tell(told),
    writeReport: (report) => writeReport(deps, report),
  };
}
