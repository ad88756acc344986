/**
 * The annotation `vigilante-maintenance`: one line of JSON on a node in maintenance, written in one patch with the cordon.
 * Whoever finds it knows how to undo or to prove what was begun.
 */

import type { MaintenanceMark } from '../../domain/maintenance/facts.ts';
import { parsed } from '../shape.ts';
import { maintenanceMark } from './shapes.ts';

/** The admission policy allows no longer one. */
const MARK_LENGTH_MAX = 2_048;

export function formatMark(mark: MaintenanceMark): string {
  return JSON.stringify(mark);
}

/** Null without the annotation; `unreadable` for anything that no release of ours wrote. */
export function parseMark(annotation: string | undefined): MaintenanceMark | 'unreadable' | null {
  if (annotation === undefined) return null;
  if (annotation.length > MARK_LENGTH_MAX) return 'unreadable';
  try {
    const found = parsed(JSON.parse(annotation), maintenanceMark, 'mark');
    return found.ok ? found.value : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
