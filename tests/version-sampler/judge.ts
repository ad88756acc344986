/**
 * Whether a sample keeps the version-skew policy of Kubernetes (kubernetes.io/releases/version-skew-policy), written a second
 * time and from its text alone: it judges what our planner has done.
 */

import type { Reading, Sample } from './sample.ts';

export interface Reach {
  /** Which API servers the controllers of a control-plane node are sent to. */
  readonly controllers: 'own' | 'any';
  /** The same of the kubelets of control-plane nodes; those of workers are sent to any. */
  readonly kubelets: 'own' | 'any';
}

const MINOR = /^v?1\.(\d+)\./;

/** One line for each pair that must not meet. */
export function offences({ readings }: Sample, reach: Reach): readonly string[] {
  const servers = readings.filter(({ component }) => component === 'kube-apiserver');
  const minors = servers.map(minorOf);
  const apart = servers.length > 0 && Math.max(...minors) - Math.min(...minors) > 1;
  return [
    ...(apart ? [`the API servers are ${servers.map(({ version }) => version).join(', ')}`] : []),
    ...servers
      .filter(({ version, says }) => says !== null && says !== version)
      .map((one) => `${nameOf(one)} says ${one.says}`),
    ...readings.flatMap((reading) => againstServers(reading, servers, reach)),
  ];
}

function againstServers(reading: Reading, servers: readonly Reading[], reach: Reach): readonly string[] {
  const { component } = reading;
  if (component === 'etcd' || component === 'kube-apiserver') return [];
  const isKubelet = component === 'kubelet';
  const olderBy = isKubelet ? 3 : 1;
  const own = servers.filter(({ node }) => node === reading.node);
  const which = isKubelet ? reach.kubelets : reach.controllers;
  const met = which === 'own' && own.length > 0 ? own : servers;
  return met.flatMap((server) => {
    const distance = minorOf(server) - minorOf(reading);
    if (distance < 0) return [`${nameOf(reading)} is newer than ${nameOf(server)}`];
    return distance > olderBy ? [`${nameOf(reading)} is too old for ${nameOf(server)}`] : [];
  });
}

/** Throws for a text that is no version: such a sample proves nothing. */
function minorOf(reading: Reading): number {
  const minor = MINOR.exec(reading.version)?.[1];
  if (minor === undefined) throw new Error(`${nameOf(reading)} is no version of Kubernetes`);
  return Number(minor);
}

function nameOf({ component, node, version }: Reading): string {
  return `${component} ${version} of ${node}`;
}
