/**
 * The order in which jest runs the files of a project: the long ones first, the longest at their head.
 *
 * By itself jest knows durations of an earlier run in the same folder only. In a fresh clone it goes by the size of the
 * files, and a long one that begins last leaves the machine half idle.
 */

import { createRequire } from 'node:module';
import type * as TestSequencer from '@jest/test-sequencer';
import { LONG_FILES } from './long-files.ts';

// Its types are those of the CommonJS build alone.
const { default: SequencerOfJest } = createRequire(import.meta.url)(
  '@jest/test-sequencer',
) as typeof TestSequencer.default;

type Tests = Parameters<InstanceType<typeof SequencerOfJest>['sort']>[0];

export default class Sequencer extends SequencerOfJest {
  override async sort(tests: Tests): Promise<Tests> {
    return (await super.sort(tests)).toSorted((a, b) => rank(a.path) - rank(b.path));
  }
}

function rank(path: string): number {
  const place = LONG_FILES.findIndex((file) => path.endsWith(`/tests/${file}`));
  return place === -1 ? LONG_FILES.length : place;
}
