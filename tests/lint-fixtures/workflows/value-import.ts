/** Lint fixture: a workflow that calls an activity directly; the import must be reported as no-restricted-imports. */

import { probeNode } from '../activities/index.ts';

export async function valueImport(): Promise<string> {
  return probeNode('node-1');
}
