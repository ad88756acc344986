/**
 * The order in which jest runs the files of a project: those that take minutes first, the longest at their head.
 *
 * By itself jest knows durations of an earlier run in the same folder only. In a fresh clone it goes by the size of the
 * files, and a long one that begins last leaves the machine half idle.
 */

import { createRequire } from 'node:module';
import type * as TestSequencer from '@jest/test-sequencer';

// Its types are those of the CommonJS build alone.
const { default: SequencerOfJest } = createRequire(import.meta.url)(
  '@jest/test-sequencer',
) as typeof TestSequencer.default;

type Tests = Parameters<InstanceType<typeof SequencerOfJest>['sort']>[0];

/** Paths below `tests/`, from the longest on; roughly, as measured on two cores with three files at a time. */
export const LONGEST = [
  'real-nodes/heal-kills',
  'e2e/maintenance-cases',
  'integration/gates/prometheus',
  'e2e/least-privilege',
  'chaos/upgrade/kill-each-step',
  'chart/upgrade',
  'e2e/faults-processes',
  'chart/release',
  'e2e/maintenance-scenes',
  'e2e/upgrade-cluster',
  'e2e/reboots-demo',
  'e2e/readme',
  'real-nodes/hundred-heals',
  'integration/maintenance/kills',
  'chaos/kill-each-step',
  'e2e/onboarding-relapse',
  'real-nodes/artifacts',
  'chaos/maintenance/chaos',
  'chart/defaults',
  'real-nodes/heals',
  'real-nodes/maintenance',
  'e2e/rolling-reboots',
  'integration/collector/fuzz',
  'integration/guard-maintenance/budget',
  'e2e/healing-cops-vigilante',
].map((file) => `${file}.test.ts`);

export default class Sequencer extends SequencerOfJest {
  override async sort(tests: Tests): Promise<Tests> {
    return (await super.sort(tests)).toSorted((a, b) => rank(a.path) - rank(b.path));
  }
}

function rank(path: string): number {
  const place = LONGEST.findIndex((file) => path.endsWith(`/tests/${file}`));
  return place === -1 ? LONGEST.length : place;
}
