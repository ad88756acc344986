/** Events of a maintenance on its node. */

import type { RecordMaintenanceInput } from '../../contracts/maintenance/node-events.ts';
import type { EventDeps } from '../events.ts';
import { recordEvent } from '../events.ts';
import type { MaintenanceActivityDeps } from './deps.ts';

const WARNINGS: readonly RecordMaintenanceInput['event'][] = [
  'MaintenanceWaits',
  'DrainBlocked',
  'NodeHeld',
  'CordonKept',
];

/** One that the API server refuses is left out. */
export async function recordOnNode(
  deps: EventDeps & Pick<MaintenanceActivityDeps, 'notify'>,
  input: RecordMaintenanceInput,
): Promise<void> {
  const { node, event: reason, message, key } = input;
  await recordEvent(deps, { node, type: WARNINGS.includes(reason) ? 'Warning' : 'Normal', reason, message, key });
  deps.notify?.(input);
}
