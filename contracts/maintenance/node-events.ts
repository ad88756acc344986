/** The Events that a maintenance leaves on its node. */

import type { NodeRef } from '../../domain/node/identity.ts';

export const MAINTENANCE_EVENTS = [
  'MaintenanceStarted',
  'MaintenanceWaits',
  'Drained',
  'DrainBlocked',
  'ActStarted',
  'NodeProven',
  'NodeHeld',
  'NodeGivenBack',
  'CordonKept',
] as const;

export interface RecordMaintenanceInput {
  readonly node: NodeRef;
  readonly event: (typeof MAINTENANCE_EVENTS)[number];
  readonly message: string;
  /** One Event for each of them. */
  readonly key: string;
}
