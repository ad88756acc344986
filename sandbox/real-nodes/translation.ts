/** Switches the SNAT of a real node's new pods on and off, in the ways that a cure can take. */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxLayout } from '../layout.ts';
import type { RealNode } from './addresses.ts';
import { CNI_CONFIGURATION_FOLDER, CONFLIST_NAME, conflist, type PodNetworkOptions } from './cni.ts';
import { pathInNode } from './node-files.ts';

/**
 * - `write`: truncates the file and writes it.
 * - `rename`: writes a file beside it and renames that.
 * - `outside`: moves a file in from another folder, which containerd does not notice until somebody writes.
 * - `broken`: leaves half a file for some seconds.
 */
export const CURE_WAYS = ['write', 'rename', 'outside', 'broken'] as const;
export type CureWay = (typeof CURE_WAYS)[number];

export interface CureOptions extends PodNetworkOptions {
  readonly how?: CureWay;
  /** How long `outside` waits before it writes, and `broken` before it is whole. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 4_000;

/** Resolves with the time of the last write: containerd reads the cured file only after it. */
export async function cure(
  layout: SandboxLayout,
  node: RealNode,
  { how = 'write', pauseMs = PAUSE_MS, ...network }: CureOptions = {},
): Promise<number> {
  const target = conflistPath(layout, node);
  const content = conflist(node, { snat: false, ...network });
  if (how === 'rename') {
    await writeFile(`${target}.new`, content);
    const atMs = Date.now();
    await rename(`${target}.new`, target);
    return atMs;
  }
  if (how === 'outside') {
    await moveIn(layout, node, content);
    await sleep(pauseMs);
  }
  if (how === 'broken') {
    await writeFile(target, content.slice(0, content.length / 2));
    await sleep(pauseMs);
  }
  return overwrite(target, content);
}

export async function translate(
  layout: SandboxLayout,
  node: RealNode,
  network: PodNetworkOptions = {},
): Promise<number> {
  return overwrite(conflistPath(layout, node), conflist(node, { snat: true, ...network }));
}

async function overwrite(path: string, content: string): Promise<number> {
  const atMs = Date.now();
  await writeFile(path, content);
  return atMs;
}

async function moveIn(layout: SandboxLayout, node: RealNode, content: string): Promise<void> {
  const folder = pathInNode(layout, node, '/var/tmp/cure');
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/${CONFLIST_NAME}`, content);
  await rename(`${folder}/${CONFLIST_NAME}`, conflistPath(layout, node));
}

function conflistPath(layout: SandboxLayout, node: RealNode): string {
  return pathInNode(layout, node, `${CNI_CONFIGURATION_FOLDER}/${CONFLIST_NAME}`);
}
