/** Reads from a healing pod what it shows about the network of its node (H5), and describes it for people. */

import { cutText } from '../../domain/cut-text.ts';
import type { PodSigns } from '../../domain/healing/pod-evidence.ts';
import { conditionOf, type EventObject, type PodObject } from '../client/objects.ts';

export function podSigns(pod: PodObject): PodSigns {
  const { podIP, hostIP, hostIPs, conditions, containerStatuses } = pod.status ?? {};
  const sandbox = conditionOf(conditions, 'PodReadyToStartContainers');
  return {
    podIp: podIP || null,
    hostIps: [hostIP, ...(hostIPs ?? []).map(({ ip }) => ip)].filter((ip) => ip !== undefined),
    readyToStartContainers: sandbox === undefined ? null : sandbox.status === 'True',
    hasContainerId: (containerStatuses ?? []).some(({ containerID }) => Boolean(containerID)),
  };
}

/** Such as `ip 10.244.3.7, sandbox ready`. */
export function describeSigns(signs: PodSigns): string {
  const parts: string[] = [];
  if (signs.podIp === null) parts.push('no ip');
  else parts.push(signs.hostIps.includes(signs.podIp) ? `ip ${signs.podIp} of the host` : `ip ${signs.podIp}`);
  if (signs.readyToStartContainers === true) parts.push('sandbox ready');
  else if (signs.readyToStartContainers === false) parts.push('sandbox not ready');
  else parts.push(signs.hasContainerId ? 'container created' : 'no container');
  return parts.join(', ');
}

/** Reasons that explain best why a pod got no network, the best first. */
const EXPLAINING_REASONS = ['FailedCreatePodSandBox', 'FailedScheduling'];

/** Bounds what goes into the workflow's history. */
const DETAIL_LENGTH_MAX = 300;

/** Why a pod proved nothing: its newest Event that explains it, else what the scheduler wrote, else its phase. */
export function describeNothingProven(pod: PodObject, events: readonly EventObject[]): string {
  const newestFirst = events.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
  const explaining = EXPLAINING_REASONS.map((reason) => newestFirst.find((event) => event.reason === reason));
  const event = explaining.find((found) => found !== undefined) ?? newestFirst.find(({ type }) => type === 'Warning');
  if (event !== undefined) return bounded(`${event.reason}: ${event.message ?? ''}`);
  const scheduled = conditionOf(pod.status?.conditions, 'PodScheduled');
  if (scheduled?.status === 'False')
    return bounded(`${scheduled.reason ?? 'not scheduled'}: ${scheduled.message ?? ''}`);
  return bounded(`phase ${pod.status?.phase ?? 'unknown'}, ${describeSigns(podSigns(pod))}`);
}

function timeOf(event: EventObject): string {
  return event.lastTimestamp ?? event.eventTime ?? '';
}

function bounded(text: string): string {
  return cutText(text, DETAIL_LENGTH_MAX);
}
