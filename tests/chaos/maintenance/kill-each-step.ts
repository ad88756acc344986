/** For one maintenance after the other the maintainer is killed at each step in turn: what is left must always be the same. */

import {
  killMaintainerAtEachStep,
  type MaintainerStepsOptions,
  type MaintainerStepsResult,
} from '../kill-maintainer.ts';
import { LEFT_BEHIND, openMaintenanceLane } from './step-lane.ts';

export function killEachMaintenanceStep(options: MaintainerStepsOptions): Promise<MaintainerStepsResult> {
  const work = { what: 'a maintenance', leftBehind: LEFT_BEHIND, killsAtATime: 1, openLane: openMaintenanceLane };
  return killMaintainerAtEachStep(work, options);
}
