/** Faults in the manifest and the name of the healing pod (H4). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const place = {
  file: 'kubernetes/healing/pod.ts',
  test: { project: 'unit', path: 'kubernetes/healing/pod.test.ts' },
} as const;

const inPod = faultsOf(place, [
  ['H4', ' - `-${attempt}`.length', ''],
  ['H4', " && !name.includes('.')", ''],
  ['H4', "createHash('sha256').update(name)", "createHash('sha256').update(name.slice(0, room))"],
  ['H4', 'tolerations: settings.tolerations', 'tolerations: []'],
  ['H4', 'os: { name: os },', ''],
  ['H4', 'terminationGracePeriodSeconds: 0', 'terminationGracePeriodSeconds: 30'],
  ['H4', "IfNotPresent', resources,", "IfNotPresent', resources: {},"],
  ['H4', '        ...settings.labels,\n', ''],
  ['H4', '        ...SIDECAR_OPT_OUT.annotations,\n', ''],
  ['H4', '{ priorityClassName: settings.priorityClassName }', '{}'],
  ['H4', '{ schedulerName: settings.schedulerName }', '{}'],
  ['H4', '{ imagePullSecrets: settings.imagePullSecrets }', '{}'],
  ['H4', 'automountServiceAccountToken: false,', ''],
  ['H4', ', controller: true', ''],
  ['H4', "[SAFE_TO_EVICT_ANNOTATION]: 'true',", ''],
  ['H4', 'securityContext: SECURITY[os].pod,', ''],
  ['H4', 'Math.max(DEADLINE_SECONDS_MIN, deadlineSeconds)', 'DEADLINE_SECONDS_MIN'],
]);

const inAffinity = faultsOf({ ...place, file: 'kubernetes/nodes/affinity.ts' }, [
  ['H4', "key: 'metadata.name'", "key: 'kubernetes.io/hostname'"],
]);

export const mutations: MutationList = [...inPod, ...inAffinity];
