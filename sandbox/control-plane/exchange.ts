/** Exchanges one component of a control-plane node as kubeadm does: writes its manifest, and waits for what comes of it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxLayout } from '../layout.ts';
import type { Place } from '../parts/place.ts';
import { pinnedVersion, toolNamed } from '../tools/catalogue.ts';
import { kubernetesTool, parseKubernetesVersion } from '../tools/kubernetes-versions.ts';
import { resolveTool } from '../tools/resolve-tool.ts';
import { waitUntil } from '../wait-until.ts';
import { type Manifest, readManifests, type StaticPod, takeManifest, writeManifest } from './manifest.ts';
import { podProcesses } from './pod-processes.ts';
import { isPodReady } from './static-pods.ts';

export interface Exchange {
  readonly pod: StaticPod;
  readonly version: string;
  /** The new one never answers. */
  readonly isBroken: boolean;
  /** So long nothing runs between the old one and the new one. */
  readonly awayMs: number;
}

/** No program of Kubernetes has it: it ends at once. */
const BREAKING_ARGUMENT = '--broken-by-the-sandbox';
const READY_TIMEOUT_MS = 300_000;

/** False where the sandbox has no program of that version, and then nothing has changed. */
export async function exchange(
  layout: SandboxLayout,
  place: Place,
  { pod, version, isBroken, awayMs }: Exchange,
): Promise<boolean> {
  const before = (await readManifests(layout, place)).get(pod);
  const program = await programOf(pod, version);
  if (before === undefined || program === null) return false;
  if (before.version === version && !isBroken) return true;
  if (awayMs > 0) await takeManifest(layout, place, pod);
  await sleep(awayMs);
  const args = isBroken ? [...before.args, BREAKING_ARGUMENT] : before.args;
  const manifest: Manifest = { ...before, version, program, args };
  await writeManifest(layout, { place, pod }, manifest);
  if (!isBroken) await untilRuns(layout, place, { pod, program });
  return true;
}

/** The component gets a program that can work. */
export async function repair(layout: SandboxLayout, place: Place): Promise<void> {
  for (const [pod, manifest] of await readManifests(layout, place)) {
    const args = manifest.args.filter((argument) => argument !== BREAKING_ARGUMENT);
    await writeManifest(layout, { place, pod }, { ...manifest, args });
  }
}

/** Builds it where it is nowhere: an upgrade is tried. Null for a version that nothing is pinned to. */
async function programOf(pod: StaticPod, version: string): Promise<string | null> {
  if (pod === 'etcd') return version === (await pinnedVersion(toolNamed(pod))) ? resolveTool(pod) : null;
  const known = parseKubernetesVersion(version);
  return known === null ? null : resolveTool(kubernetesTool(pod, known));
}

interface Wanted {
  readonly pod: StaticPod;
  readonly program: string;
}

async function untilRuns(layout: SandboxLayout, place: Place, wanted: Wanted): Promise<void> {
  await waitUntil(
    async () => {
      const own = (await podProcesses(layout, place)).filter(({ pod }) => pod === wanted.pod);
      const isAlone = own.every(({ program }) => program === wanted.program);
      return own.length > 0 && isAlone && (await isPodReady(layout, place, wanted.pod));
    },
    { what: `${wanted.program} on ${place.name}`, timeoutMs: READY_TIMEOUT_MS, pollMs: 200 },
  );
}
