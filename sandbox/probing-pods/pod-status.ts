/** The status of a probing pod that has ended, as a kubelet writes it. */

import { randomBytes } from 'node:crypto';
import type { Ending } from './curl.ts';
import type { ProbeContainer } from './probing-pod.ts';

export interface EndedContainer extends ProbeContainer, Ending {
  readonly finishedMs: number;
}

export interface EndedPod {
  readonly uid: string;
  readonly podIp: string;
  readonly hostIp: string;
  readonly startedMs: number;
  readonly containers: readonly EndedContainer[];
}

/** A strategic merge patch. The uid makes the API server refuse it when another pod of that name is there by now. */
export function endedPodPatch({ uid, podIp, hostIp, startedMs, containers }: EndedPod): object {
  const succeeded = containers.every(({ exitCode }) => exitCode === 0);
  const at = timeAt(Math.max(...containers.map(({ finishedMs }) => finishedMs)));
  const reason = succeeded ? 'PodCompleted' : 'PodFailed';
  const condition = (type: string, status: 'True' | 'False', why: object = {}) => {
    return { type, status, lastTransitionTime: at, ...why };
  };
  return {
    metadata: { uid },
    status: {
      phase: succeeded ? 'Succeeded' : 'Failed',
      hostIP: hostIp,
      hostIPs: [{ ip: hostIp }],
      podIP: podIp,
      podIPs: [{ ip: podIp }],
      startTime: timeAt(startedMs),
      conditions: [
        condition('PodReadyToStartContainers', 'False'),
        condition('Initialized', 'True', succeeded ? { reason } : {}),
        condition('ContainersReady', 'False', { reason }),
        condition('Ready', 'False', { reason }),
      ],
      containerStatuses: containers.map((container) => containerStatus(container, startedMs)),
    },
  };
}

function containerStatus({ name, image, exitCode, message, finishedMs }: EndedContainer, startedMs: number): object {
  const containerID = `containerd://${randomBytes(32).toString('hex')}`;
  return {
    name,
    image,
    imageID: image,
    containerID,
    ready: false,
    started: false,
    restartCount: 0,
    state: {
      terminated: {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        ...(message === '' ? {} : { message }),
        startedAt: timeAt(startedMs),
        finishedAt: timeAt(finishedMs),
        containerID,
      },
    },
  };
}

/** In whole seconds, as Kubernetes keeps it. */
function timeAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
