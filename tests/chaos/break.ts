/** A build that is broken on purpose, and what must notice it. */

import type { FileChange } from '../mutations/mutation.ts';
import type { InvariantName } from './finding.ts';
import type { ChaosEvidence } from './policy.ts';

export interface Break {
  readonly invariant: InvariantName;
  readonly about: string;
  readonly changes: readonly FileChange[];
  /** Of the runs that notice it; default: `sandbox`. */
  readonly evidence?: ChaosEvidence;
  /** Changes of the checkout that takes over, in place of `NEXT_VERSION`. */
  readonly nextChanges?: readonly FileChange[];
  /** No build is broken: the suite itself leaves a process behind. */
  readonly leavesProcess?: boolean;
}
