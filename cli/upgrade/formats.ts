/** How the commands of upgrades show what they found, and what people decide by them. */

export const UPGRADE_FORMATS = ['table', 'json'] as const;
export type UpgradeFormat = (typeof UPGRADE_FORMATS)[number];

export const REPORT_FORMATS = ['md', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** With what each does. */
export const STEERS = {
  pause: 'begin no other node until --for is over; what has begun is finished',
  resume: 'end a pause, and close a breaker that failures opened',
  skip: 'take a node out of the run; one that is held is given back, one before its act is undone',
  retry: 'try a node again; one that is held is acted upon again',
  abort: 'begin nothing more, finish what has been begun, and end',
} as const;
export type Steer = keyof typeof STEERS;
