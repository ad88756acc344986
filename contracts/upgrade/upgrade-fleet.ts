/** Input of the workflow `upgradeFleet`. Times in milliseconds since 1970, durations in milliseconds. */

import type { FleetRules } from '../../domain/upgrade/fleet-stage.ts';
import type { UpgradePart } from '../../domain/upgrade/order.ts';
import type { TargetVersions } from './upgrade-cluster.ts';

export interface UpgradeFleetInput extends FleetRules {
  /** A DNS label, such as `2026-48-v1-37`. */
  readonly run: string;
  readonly versions: TargetVersions;
  readonly parts: readonly UpgradePart[];
  /** As the client says of itself. */
  readonly startedBy: string;
}
