/** Our processes as the installed chart would run them: environment, account and configuration of its Deployments. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import type { ChartWorld } from './chart-world.ts';
import { type Manifest, ManifestSchema, NAMESPACE, RELEASE } from './helm.ts';
import { containerOf, podSpecOf } from './pod-spec.ts';

/** Those that heal. */
export const HEALING_COMPONENTS = ['worker', 'starter'] as const;

export interface InstalledProcess {
  /** As the pod's containers get it. */
  readonly env: Readonly<Record<string, string>>;
  readonly configPath: string;
  readonly graceSeconds: number;
}

const ItemsSchema = z.object({ items: z.array(ManifestSchema) });
const DataSchema = z.object({ data: z.object({ 'conf.yaml': z.string() }) });

/**
 * As it is in the cluster at this moment.
 *
 * @param edit plays volumes and DNS, which the processes of a test do not have, in the configuration
 */
export async function installedProcess(
  world: ChartWorld,
  component: 'worker' | 'starter' | 'collector',
  edit: (configuration: string) => string = (configuration) => configuration,
): Promise<InstalledProcess> {
  const deployment = installedObject(world, 'deployment', `${RELEASE}-vigilante-${component}`);
  const { data } = DataSchema.parse(installedObject(world, 'configmap', `${RELEASE}-vigilante`));
  const configPath = join(world.folder, `${component}-${Date.now()}.yaml`);
  await writeFile(configPath, edit(data['conf.yaml']));
  // Only POD_NAMESPACE has no value of its own: the kubelet fills it in.
  const env = Object.fromEntries(containerOf(deployment).env.map(({ name, value = NAMESPACE }) => [name, value]));
  const { serviceAccountName, terminationGracePeriodSeconds } = podSpecOf(deployment);
  const KUBECONFIG = await world.kubeconfigOf(serviceAccountName);
  return { configPath, env: { ...env, KUBECONFIG }, graceSeconds: terminationGracePeriodSeconds };
}

export function installedObject(world: ChartWorld, kind: string, name: string): Manifest {
  const { stdout } = world.shell(`kubectl get ${kind} --namespace ${NAMESPACE} --output json`);
  const found = ItemsSchema.parse(JSON.parse(stdout)).items.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${kind} ${name} is not there`);
  return found;
}

/** A worker and a starter. Several generations of them may run at a time. */
export async function startInstalled(
  world: ChartWorld,
  generation: number,
): Promise<readonly { readonly process: VigilanteProcess; readonly graceSeconds: number }[]> {
  const started = [];
  for (const component of HEALING_COMPONENTS) {
    const { graceSeconds, ...options } = await installedProcess(world, component);
    const process = await world.sandbox.startProcess(component, { replica: generation, ...options });
    started.push({ process, graceSeconds });
  }
  for (const { process } of started) await process.waitUntilReady();
  return started;
}
