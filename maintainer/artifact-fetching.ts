/** Gives the pod of an act an init container of our image, which brings files to the node before anything acts on it. */

import type { Artifact } from '../config/schema/maintenance-artifacts.ts';
import type { PodTemplate } from '../kubernetes/maintenance/act-pod.ts';

const VOLUME = 'vigilante-node';
const MOUNT_PATH = '/node';

/** It is root to write what root owns, and has no capability. Where it fails, no other container of the pod begins. */
export function withArtifacts(
  template: PodTemplate,
  { image, files }: { readonly image: string; readonly files: readonly Artifact[] },
): PodTemplate {
  const { volumes = [], initContainers = [], ...spec } = template.spec;
  const fetching = {
    name: 'fetch-artifacts',
    image,
    args: ['fetch-artifacts', '--root', MOUNT_PATH, JSON.stringify(files)],
    // Then the outcome of the maintenance names the file and its sum.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: VOLUME, mountPath: MOUNT_PATH }],
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  return {
    ...template,
    spec: {
      ...spec,
      volumes: [...volumes, { name: VOLUME, hostPath: { path: '/', type: 'Directory' } }],
      initContainers: [fetching, ...initContainers],
    },
  };
}
