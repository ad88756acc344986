/** Builds that are broken on purpose: the judge of the heals must notice each. */

import type { FileChange } from '../mutations/mutation.ts';

export interface Break {
  readonly about: string;
  readonly changes: readonly FileChange[];
}

export const BREAK_NAMES = ['marks-by-sandbox', 'trusts-header'] as const;
export type BreakName = (typeof BREAK_NAMES)[number];

export const BREAKS: Readonly<Record<BreakName, Break>> = {
  'marks-by-sandbox': {
    about: 'a pod counts as proof once its sandbox has a network',
    changes: [
      {
        file: 'domain/healing/probe.ts',
        find: 'const isProof = proves(judgement.level, rules.evidence);',
        replace: `const isProof = proves(judgement.level, 'sandbox');`,
      },
      {
        file: 'domain/healing/plan.ts',
        find: `if (state.window.lastVerdict === 'refuted') return false;`,
        replace: '',
      },
    ],
  },
  'trusts-header': {
    about: 'the echo believes X-Forwarded-For, and pods send it',
    changes: [
      {
        file: 'echo/server.ts',
        find: 'const from = peers.get(keyOf(request.socket)) ?? peerOf(request.socket);',
        replace: `const own = peers.get(keyOf(request.socket)) ?? peerOf(request.socket);
    const named = request.headers['x-forwarded-for'];
    const from = own !== null && typeof named === 'string' ? { ...own, address: named } : own;`,
      },
      {
        file: 'kubernetes/healing/probing-pod.ts',
        find: `env: [{ name: 'POD_UID',`,
        replace: `env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'POD_UID',`,
      },
      {
        file: 'kubernetes/healing/probing-pod.ts',
        find: '...flags(settleMs),',
        replace: `...flags(settleMs), '-H', 'X-Forwarded-For: $(POD_IP)',`,
      },
    ],
  },
};
