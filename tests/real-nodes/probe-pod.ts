/** Pods on real nodes: one that asks which address it comes from, once or again and again, and one that stays. */

import { nodeAffinity } from '../../kubernetes/nodes/affinity.ts';
import { ECHO_ADDRESS } from '../../sandbox/real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';

export const LISTENER_PORT = 8080;

interface PodDescription {
  readonly name: string;
  readonly node: string;
}

export function probePod(description: PodDescription): object {
  const program = [
    '/bin/curl',
    '-q',
    '-sS',
    '--noproxy',
    '*',
    '--connect-timeout',
    '2',
    '--max-time',
    '5',
    '--retry',
    '4',
    '--retry-delay',
    '1',
    '--retry-connrefused',
    '-o',
    '/dev/termination-log',
    `http://${ECHO_ADDRESS}:${LISTENER_PORT}/`,
  ];
  return pod(description, { command: program, terminationMessagePolicy: 'FallbackToLogsOnError' });
}

/** Asks each second over a connection of its own, until it is deleted. */
export function askingPod({ url, ...description }: PodDescription & { readonly url: string }): object {
  const each = ['--rate', '60/m', `${url}?nonce=[1-3600]`];
  return pod(description, { command: ['/bin/curl', '-q', '-sS', '--noproxy', '*', '-o', '/dev/null', ...each] });
}

export function sleepingPod(description: PodDescription): object {
  return pod(description, {});
}

function pod({ name, node }: PodDescription, container: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      securityContext: { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } },
      affinity: nodeAffinity(node),
      containers: [
        {
          name: 'probe',
          image: PROBE_IMAGE,
          imagePullPolicy: 'Never',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          ...container,
        },
      ],
    },
  };
}
