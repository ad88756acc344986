/** etcd, the API server's store. */

import { join } from 'node:path';
import type { SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { answersOk, type Part, READY_TIMEOUT_MS } from './part.ts';

export function etcdPart(layout: SandboxLayout): Part {
  const client = etcdUrl(layout);
  const peer = `http://${LOOPBACK}:${layout.ports.etcdPeer}`;
  return {
    name: 'etcd',
    tool: 'etcd',
    args: [
      '--name=sandbox',
      `--data-dir=${join(layout.folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=sandbox=${peer}`,
      // Not flushed to the disk: a write survives kill -9, as the kernel has it, but not a power cut, which here ends
      // the whole sandbox anyway.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    isReady: () => answersOk(`${client}/health`),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function etcdUrl(layout: SandboxLayout): string {
  return `http://${LOOPBACK}:${layout.ports.etcd}`;
}
