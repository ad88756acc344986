/** To which group of the budget a node belongs. */

import { type Labels, matchesLabels } from '../../domain/label-selector.ts';
import type { MaintenanceSettings } from './deps.ts';

/** The first that it matches; null where it matches none, and is left alone. */
export function groupOf({ groups }: Pick<MaintenanceSettings, 'groups'>, labels: Labels): string | null {
  return groups.find(({ requirements }) => matchesLabels(requirements, labels))?.name ?? null;
}
