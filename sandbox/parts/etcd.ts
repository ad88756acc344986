/** etcd, the API server's store. */

import type { SandboxLayout } from '../layout.ts';
import { answersOk, type Part, READY_TIMEOUT_MS } from './part.ts';
import { fileAt, type Place, placesOf, WHOLE_CONTROL_PLANE } from './place.ts';

export function etcdPart(layout: SandboxLayout): Part {
  const place = WHOLE_CONTROL_PLANE;
  return {
    name: 'etcd',
    tool: 'etcd',
    args: etcdArguments(layout, place),
    isReady: () => isEtcdReady(layout, place),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

/** A member for each place. */
export function etcdArguments(layout: SandboxLayout, place: Place): readonly string[] {
  const client = etcdUrl(layout, place);
  const peer = peerUrl(layout, place);
  return [
    `--name=${place.name}`,
    `--data-dir=${fileAt(layout, place, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${placesOf(layout)
      .map((other) => `${other.name}=${peerUrl(layout, other)}`)
      .join(',')}`,
    // Not flushed to the disk: a write survives kill -9, as the kernel has it, but not a power cut, which here ends
    // the whole sandbox anyway.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function isEtcdReady(layout: SandboxLayout, place: Place): Promise<boolean> {
  return answersOk(`${etcdUrl(layout, place)}/health`);
}

export function etcdUrl(layout: SandboxLayout, { address }: Place = WHOLE_CONTROL_PLANE): string {
  return `http://${address}:${layout.ports.etcd}`;
}

function peerUrl(layout: SandboxLayout, { address }: Place): string {
  return `http://${address}:${layout.ports.etcdPeer}`;
}
