/** What others are told of an upgrade: its borders (M48). */

export const UPGRADE_EVENTS = ['UpgradeRuns', 'UpgradeHalted', 'UpgradeWaitsForApproval', 'UpgradeEnded'] as const;

export interface TellUpgradeInput {
  readonly run: string;
  readonly event: (typeof UPGRADE_EVENTS)[number];
  readonly message: string;
  /** The same for a repetition. */
  readonly key: string;
}
