/** Broken builds that only runs with the evidence `source-address` can notice. */

import type { Break } from './break.ts';

type Name = 'one-proof' | 'hasty-deletion' | 'silent-relapse' | 'early-untaint';

const EVIDENCE = 'source-address';

export const PROOF_BREAKS: Readonly<Record<Name, Break>> = {
  'one-proof': {
    invariant: 'j',
    evidence: EVIDENCE,
    about: 'a node is marked after its first proof',
    changes: [
      {
        file: 'domain/healing/early-finish.ts',
        find: 'return row !== undefined && row.proofs >= proofsInARow && row.lastCreatedMs - row.firstCreatedMs >= proofsOverMs;',
        replace: 'return row !== undefined && row.proofs >= Math.min(1, proofsInARow, proofsOverMs);',
      },
    ],
  },
  'hasty-deletion': {
    invariant: 'k',
    evidence: EVIDENCE,
    about: 'an attempt deletes its pod after a tenth of its patience',
    changes: [
      {
        file: 'activities/healing/probe-pod.ts',
        find: 'await deps.ends.untilEnded(pod, { patienceMs: input.probe.patienceMs, signal });',
        replace: 'await deps.ends.untilEnded(pod, { patienceMs: input.probe.patienceMs / 10, signal });',
      },
    ],
  },
  'silent-relapse': {
    invariant: 'l',
    evidence: EVIDENCE,
    about: 'pods that reach no echo take a mark back',
    changes: [
      {
        file: 'domain/healing/watch.ts',
        find: 'const refutedInARow = isRelapseSign(source) ? watch.refutedInARow + 1 : 0;',
        replace: `const refutedInARow = source.verdict === 'proven' ? 0 : watch.refutedInARow + 1;`,
      },
    ],
  },
  'early-untaint': {
    invariant: 'm',
    evidence: EVIDENCE,
    about: 'the startup taint has a quarter of its time',
    changes: [
      {
        file: 'domain/healing/startup-taint.ts',
        find: 'const untilMs = createdMs + cap.capMs;',
        replace: 'const untilMs = createdMs + cap.capMs / 4;',
      },
    ],
  },
};
