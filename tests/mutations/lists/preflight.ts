/** Faults in the checks before an upgrade (M7, M32). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const judged = (file: string, test: string): Pick<Mutation, 'file' | 'test'> => ({
  file: `domain/upgrade/preflight/${file}.ts`,
  test: { project: 'unit', path: `domain/upgrade/preflight/${test}.test.ts` },
});

export const mutations: MutationList = [
  ...faultsOf(judged('finding', 'finding'), [
    ['M7', 'block: 0, unknown: 1, warn: 2', 'block: 2, unknown: 1, warn: 0'],
    ['M7', 'nowMs < one.untilMs', 'nowMs <= one.untilMs'],
    ['M7', '[...blocking].every((object) =>', '[...blocking].some((object) =>'],
    ['M7', 'one.check === check && ', ''],
  ]),
  ...faultsOf(judged('etcd', 'etcd'), [
    ['M32', 'newest - raftIndex > RAFT_INDEX_APART_MAX', 'newest - raftIndex > RAFT_INDEX_APART_MAX + 1'],
    ['M32', 'if (keepsQuorum(voters.length, healthy)) return [];', 'if (healthy > 0) return [];'],
    ['M32', 'status.sizeBytes / quota > SIZE_SHARE_MAX', 'status.sizeBytes / quota > 1'],
    ['M32', 'nowMs - newest.atMs <= maxAgeMs', 'newest.atMs <= nowMs'],
  ]),
  ...faultsOf(judged('budgets', 'objects'), [
    ['M7', 'if (own.length > 1)', 'if (own.length > 2)'],
    ['M7', 'if (healthy < expected)', 'if (healthy <= expected)'],
  ]),
  ...faultsOf(judged('webhooks', 'objects'), [['M7', 'nowMs < caNotAfterMs', 'nowMs <= caNotAfterMs']]),
  ...faultsOf(judged('removed-apis', 'cluster'), [
    ['M7', 'minorOf(version) <= target', 'minorOf(version) < target'],
    ['M7', "if (asked.kind === 'none') return { answer: 'warn'", "if (asked.kind !== 'seen') return { answer: 'warn'"],
  ]),
  ...faultsOf(judged('certificates', 'cluster'), [
    ['M7', 'return isNeeded ? [{', 'return false ? [{'],
    ['M7', 'if (leftMs >= LEFT_MIN_MS) return [];', 'if (leftMs > 0) return [];'],
  ]),
  ...faultsOf(
    { file: 'domain/upgrade/observed.ts', test: { project: 'unit', path: 'domain/upgrade/observed.test.ts' } },
    [
      ['M4', 'isControlPlane && !apiServers.some', 'false && !apiServers.some'],
      ['M4', "if (node === null && controlPlane === 'pods')", "if (node === '' && controlPlane === 'pods')"],
    ],
  ),
];
