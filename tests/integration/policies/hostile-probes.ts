/** Pods that a stolen token would make where pods ask endpoints, each as a change of such a pod, and what the policy says. */

import {
  CONTAINER,
  container,
  LABELS,
  METADATA,
  metadata,
  ONE,
  type PodBody,
  type PodChange,
  spec,
} from './hostile-pods.ts';

const COMMAND = /^a healing pod asks its endpoint as healing\.echo and healing\.pod say, and runs nothing else$/;
const ENVIRONMENT = /^a healing pod that asks an endpoint has its UID as environment, and nothing else$/;
const PAUSE = { name: 'pause', image: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1' };
const ofSecret = { secretKeyRef: { name: 'a', key: 'a' } };

interface ProbeContainer {
  readonly command?: readonly string[];
  readonly env?: readonly object[];
}

/** Adds to each container. */
const env =
  (...entries: readonly object[]): PodChange =>
  (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((one: ProbeContainer) => ({ ...one, env: [...(one.env ?? []), ...entries] })),
    },
  });
const command =
  (change: (parts: readonly string[]) => readonly string[]): PodChange =>
  (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((one: ProbeContainer) => ({ ...one, command: change(one.command ?? []) })),
    },
  });
const more =
  (extra: object): PodChange =>
  (pod) =>
    spec({ containers: [...pod.spec.containers, extra] })(pod);

/** What the container of one endpoint runs in that of the other. */
function swapped(pod: PodBody): PodBody {
  const [one, other] = pod.spec.containers.map(({ command: parts }: ProbeContainer) => parts);
  const commands = [other, one];
  const containers = pod.spec.containers.map((each, index) => ({ ...each, command: commands[index] }));
  return spec({ containers })(pod);
}

export const HOSTILE_PROBES: readonly (readonly [title: string, change: PodChange, refusal: RegExp])[] = [
  ['another command', container({ command: ['cmd', '/c', 'whoami'] }), COMMAND],
  ['no command', container({ command: undefined }), COMMAND],
  ['another address', command((parts) => parts.map((part) => part.replace('10.50.0.20', '10.50.0.66'))), COMMAND],
  ['one more address', command((parts) => [...parts, 'http://10.50.0.66/']), COMMAND],
  ['a configuration of curl', command(([curl = '', ...rest]) => [curl, '-K', 'C:\\a', ...rest]), COMMAND],
  ['a body to send', command((parts) => [...parts, '-d', '@C:\\a']), COMMAND],
  ['the address of the other endpoint', swapped, COMMAND],
  ['arguments', container({ args: ['-d', 'a'] }), CONTAINER],
  ['a port', container({ ports: [{ containerPort: 80 }] }), CONTAINER],
  ['a folder to work in', container({ workingDir: 'C:\\' }), CONTAINER],
  ['a whole secret', container({ envFrom: [{ secretRef: { name: 'a' } }] }), CONTAINER],
  ['more environment', env({ name: 'A', value: 'a' }), ENVIRONMENT],
  ['a name that must be quoted', env({ name: 'a"b', value: 'a' }), ENVIRONMENT],
  ['a key of a secret', env({ name: 'A', valueFrom: ofSecret }), ENVIRONMENT],
  ['a key of a secret as its UID', container({ env: [{ name: 'POD_UID', valueFrom: ofSecret }] }), ENVIRONMENT],
  ['a text as its UID', container({ env: [{ name: 'POD_UID', value: 'a' }] }), ENVIRONMENT],
  [
    'another field as its UID',
    container({ env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }] }),
    ENVIRONMENT,
  ],
  ['a container for an endpoint that is not configured', more({ name: 'echo-other', image: PAUSE.image }), ONE],
  ['a container that only pauses beside', more(PAUSE), ONE],
  ['a container of another name alone', spec({ containers: [{ ...PAUSE, name: 'other' }] }), ONE],
  ['the label of another component', metadata({ labels: { 'app.kubernetes.io/managed-by': 'vigilante' } }), LABELS],
  ['another name', metadata({ name: 'coredns' }), METADATA],
  ['a finalizer', metadata({ finalizers: ['example.com/keep'] }), METADATA],
];
