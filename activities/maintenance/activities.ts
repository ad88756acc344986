/** The activities of maintenance. Decisions are made by the workflows. */

import type { MaintenanceActivities } from '../../contracts/maintenance/activities.ts';
import { askingCluster, askingTemporal } from '../failures.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import { detachVolumes, drainNode } from './draining.ts';
import { giveBackNode, markActing, markNode } from './marking.ts';
import { recordOnNode } from './node-events.ts';
import { observeNode } from './observing.ts';
import { surveyCluster } from './surveying.ts';
import { startAct, watchNode } from './watching.ts';

export function createMaintenanceActivities(deps: MaintenanceActivityDeps): MaintenanceActivities {
  const { guard, maintenances, onEnding } = deps;
  return {
    observeNode: (input) => askingCluster(() => observeNode(deps, input)),
    askSlot: ({ cluster: _guarded, ...asked }) => askingTemporal(() => guard.ask(asked)),
    async returnSlot({ cluster: _guarded, purpose, isNews, steps, ...returned }) {
      await askingTemporal(() => guard.giveBack(returned));
      const { outcome } = returned;
      if (isNews) onEnding?.({ purpose, outcome, steps });
    },
    markNode: (input) => askingCluster(() => markNode(deps, input)),
    drainNode: (input) => askingCluster(() => drainNode(deps, input)),
    detachVolumes: (input) => askingCluster(() => detachVolumes(deps, input)),
    markActing: (input) => askingCluster(() => markActing(deps, input)),
    startAct: (input) => askingCluster(() => startAct(deps, input)),
    watchNode: (input) => askingCluster(() => watchNode(deps, input)),
    restartHealing: ({ node, reason }) => askingTemporal(() => deps.restartHeal(node, reason)),
    giveBackNode: (input) => askingCluster(() => giveBackNode(deps, input)),
    recordMaintenance: (input) => askingCluster(() => recordOnNode(deps, input)),
    surveyCluster: (input) => askingCluster(() => surveyCluster(deps, input)),
    recoverNode: (input) => askingTemporal(() => maintenances.start(input)),
    wakeMaintenances: () => askingTemporal(() => maintenances.wakeAll()),
  };
}
