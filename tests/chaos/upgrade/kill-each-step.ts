/** For one upgrade after the other the maintainer is killed at each step in turn: what is left must always be the same. */

import {
  killMaintainerAtEachStep,
  type MaintainerStepsOptions,
  type MaintainerStepsResult,
} from '../kill-maintainer.ts';
import { LEFT_BEHIND, openUpgradeLane } from './step-lane.ts';

/** An upgrade takes half a minute, a kill some seconds. */
const KILLS_AT_A_TIME = 8;

export function killEachUpgradeStep(options: MaintainerStepsOptions): Promise<MaintainerStepsResult> {
  const work = {
    what: 'an upgrade of three nodes',
    leftBehind: LEFT_BEHIND,
    killsAtATime: KILLS_AT_A_TIME,
    openLane: openUpgradeLane,
  };
  return killMaintainerAtEachStep(work, options);
}
