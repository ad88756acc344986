/** What an installed chart gives the processes in its pods: environment, account, configuration. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ChartWorld } from './chart-world.ts';
import { ManifestSchema, NAMESPACE, RELEASE } from './helm.ts';
import { containerOf, podTemplateOf } from './pod-spec.ts';

export interface InstalledProcess {
  /** As the pod's containers get it. */
  readonly env: Readonly<Record<string, string>>;
  readonly configPath: string;
}

/**
 * Of a Deployment in the cluster.
 *
 * @param edit plays volumes and DNS, which the processes of a test do not have, in the configuration
 */
export async function installedProcess(
  world: ChartWorld,
  component: 'worker' | 'starter' | 'collector',
  edit: (configuration: string) => string = (configuration) => configuration,
): Promise<InstalledProcess> {
  const name = `${RELEASE}-vigilante-${component}`;
  const listed = world.shell(`kubectl get deployments,configmaps --namespace ${NAMESPACE} --output json`).stdout;
  const { items } = z.object({ items: z.array(ManifestSchema) }).parse(JSON.parse(listed));
  const deployment = items.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const configuration = items.find(({ metadata }) => metadata.name === `${RELEASE}-vigilante`);
  if (deployment === undefined) throw new Error(`Deployment ${name} is not there`);
  const { data } = z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(configuration);
  const configPath = join(world.folder, `${component}.yaml`);
  await writeFile(configPath, edit(data['conf.yaml']));
  // Only POD_NAMESPACE has no value of its own: the kubelet fills it in.
  const env = Object.fromEntries(containerOf(deployment).env.map(({ name: key, value = NAMESPACE }) => [key, value]));
  const account = podTemplateOf(deployment).spec.serviceAccountName;
  return { configPath, env: { ...env, KUBECONFIG: await world.kubeconfigOf(account) } };
}
