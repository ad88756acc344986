/** What others are told of an upgrade, and of a run over several clusters: their borders (M48). */

export const UPGRADE_EVENTS = ['UpgradeRuns', 'UpgradeHalted', 'UpgradeWaitsForApproval', 'UpgradeEnded'] as const;
export const FLEET_EVENTS = ['FleetRuns', 'FleetSoaks', 'FleetHalted', 'FleetWaitsForApproval', 'FleetEnded'] as const;

export interface TellUpgradeInput {
  readonly run: string;
  readonly event: (typeof UPGRADE_EVENTS)[number];
  readonly message: string;
  /** The same for a repetition. */
  readonly key: string;
}

export interface TellFleetInput extends Omit<TellUpgradeInput, 'event'> {
  readonly event: (typeof FLEET_EVENTS)[number];
}
