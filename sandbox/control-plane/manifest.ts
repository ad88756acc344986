/** The static pods of a control-plane node as files, one for each component, as kubeadm leaves them for a kubelet. */

import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../error-code.ts';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { apiserverArguments } from '../parts/apiserver.ts';
import { controllerManagerArguments, schedulerArguments } from '../parts/controllers.ts';
import { etcdArguments } from '../parts/etcd.ts';
import type { Place } from '../parts/place.ts';

/** In the order in which kubeadm exchanges them. */
export const STATIC_PODS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type StaticPod = (typeof STATIC_PODS)[number];

const ManifestSchema = z.strictObject({
  version: z.string().min(1),
  program: z.string().min(1),
  args: z.array(z.string()),
  /** Variables of the process. */
  env: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** Arguments do not depend on the version. */
export function argumentsOf(layout: SandboxLayout, place: Place, pod: StaticPod): readonly string[] {
  const made = {
    etcd: etcdArguments,
    'kube-apiserver': apiserverArguments,
    'kube-controller-manager': controllerManagerArguments,
    'kube-scheduler': schedulerArguments,
  };
  return made[pod](layout, place);
}

/** What runs as it says from now on. */
export async function writeManifest(
  layout: SandboxLayout,
  { place, pod }: { readonly place: Place; readonly pod: StaticPod },
  manifest: Manifest,
): Promise<void> {
  const path = pathOf(layout, place, pod);
  await mkdir(folderOf(layout, place), { recursive: true });
  await writeFile(`${path}.part`, JSON.stringify(manifest));
  await rename(`${path}.part`, path);
}

/** Its process ends; the answer is what `writeManifest` needs to begin it again. Null where there was none. */
export async function takeManifest(layout: SandboxLayout, place: Place, pod: StaticPod): Promise<Manifest | null> {
  const manifest = (await readManifests(layout, place)).get(pod) ?? null;
  await rm(pathOf(layout, place, pod), { force: true });
  return manifest;
}

export async function readManifests(layout: SandboxLayout, place: Place): Promise<ReadonlyMap<StaticPod, Manifest>> {
  const names = await readdir(folderOf(layout, place)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const pods = STATIC_PODS.filter((pod) => names.some((name) => basename(name, '.json') === pod));
  const found = await Promise.all(
    pods.map(async (pod) => [pod, await readManifest(pathOf(layout, place, pod))] as const),
  );
  return new Map(found.flatMap(([pod, manifest]) => (manifest === null ? [] : [[pod, manifest] as const])));
}

/** Switched off, a node runs nothing, whatever its manifests say. */
export async function switchPower(layout: SandboxLayout, place: Place, power: 'on' | 'off'): Promise<void> {
  if (power === 'off') await writeFile(offFile(layout, place), '');
  else await rm(offFile(layout, place), { force: true });
}

export async function isOff(layout: SandboxLayout, place: Place): Promise<boolean> {
  return access(offFile(layout, place)).then(
    () => true,
    () => false,
  );
}

/** Null when it was taken away meanwhile. */
async function readManifest(path: string): Promise<Manifest | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : ManifestSchema.parse(JSON.parse(text));
}

function folderOf(layout: SandboxLayout, { name }: Place): string {
  return fileOf(layout, `control-plane/${name}/manifests`);
}

function offFile(layout: SandboxLayout, { name }: Place): string {
  return fileOf(layout, `control-plane/${name}/off`);
}

function pathOf(layout: SandboxLayout, place: Place, pod: StaticPod): string {
  return join(folderOf(layout, place), `${pod}.json`);
}
