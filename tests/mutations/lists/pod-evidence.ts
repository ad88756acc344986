/** Faults in the judgement of a pod (H5). */

import type { MutationList } from '../mutation.ts';

const test = { project: 'unit', path: 'domain/healing/pod-evidence.test.ts' } as const;
const file = 'domain/healing/pod-evidence.ts';

export const mutations: MutationList = [
  {
    id: 'H5',
    file,
    find: 'signs.podIp !== null && !signs.hostIps.includes(signs.podIp)',
    replace: 'signs.podIp !== null',
    test,
  },
  {
    id: 'H5',
    file,
    find: 'signs.readyToStartContainers === null && signs.hasContainerId',
    replace: 'signs.hasContainerId',
    test,
  },
  {
    id: 'H5',
    file,
    find: 'level >= EVIDENCE_LEVEL_REQUIRED[requirement]',
    replace: 'level > EVIDENCE_LEVEL_REQUIRED[requirement]',
    test,
  },
];
