/** Plays the kubelets of the agents that a chart installed: a real agent for each pod of its DaemonSets. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type SandboxProcess, startProcess } from '../../sandbox/child-process.ts';
import { logOf } from '../../sandbox/layout.ts';
import type { ChartWorld } from './chart-world.ts';

const ValueSchema = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
});
const TokenSchema = z.object({ audience: z.string(), path: z.string() });
const VolumeSchema = z.looseObject({
  name: z.string(),
  projected: z.object({ sources: z.array(z.object({ serviceAccountToken: TokenSchema })) }).optional(),
});
const ContainerSchema = z.looseObject({
  args: z.array(z.string()),
  env: z.array(ValueSchema),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});
const AgentPodSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string() }),
  spec: z.object({
    nodeName: z.string(),
    serviceAccountName: z.string(),
    containers: z.tuple([ContainerSchema]),
    volumes: z.array(VolumeSchema).default([]),
  }),
});
export type AgentPod = z.infer<typeof AgentPodSchema>;

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));

export function agentPods(world: ChartWorld): readonly AgentPod[] {
  const selector = "--selector 'app in (netchecker-agent, netchecker-agent-hostnet)'";
  const { stdout } = world.shell(`kubectl get pods --all-namespaces ${selector} --output json`);
  return z.object({ items: z.array(AgentPodSchema) }).parse(JSON.parse(stdout)).items;
}

/** @param edit plays volumes and DNS in an argument. */
export async function startInstalledAgent(
  world: ChartWorld,
  pod: AgentPod,
  edit: (argument: string) => string,
): Promise<SandboxProcess> {
  const { metadata, spec } = pod;
  const [container] = spec.containers;
  const fields: Readonly<Record<string, string>> = { 'metadata.name': metadata.name, 'spec.nodeName': spec.nodeName };
  const env = container.env.map(({ name, value, valueFrom }) => [
    name,
    value ?? fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? '',
  ]);
  const files = await mountTokens(world, pod);
  const mounted = (argument: string) =>
    [...files].reduce((text, [path, file]) => text.replace(path, file), edit(argument));
  return startProcess({
    name: metadata.name,
    program: PROGRAM,
    args: ['agent', ...container.args.map(mounted)],
    env: Object.fromEntries(env),
    sandboxId: world.sandbox.layout.id,
    logPath: logOf(world.sandbox.layout, metadata.name),
  });
}

/** Where a token is in the pod, and where it is here. */
async function mountTokens(world: ChartWorld, { metadata, spec }: AgentPod): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const { name, mountPath } of spec.containers[0].volumeMounts) {
    const volume = spec.volumes.find((one) => one.name === name);
    for (const { serviceAccountToken } of volume?.projected?.sources ?? []) {
      const { namespace, name: podName, uid } = metadata;
      const token = await world.tokenOf({
        namespace,
        account: spec.serviceAccountName,
        audience: serviceAccountToken.audience,
        pod: {
          name: podName,
          uid,
        },
      });
      const file = join(world.folder, `token-${podName}`);
      await writeFile(file, token, { mode: 0o600 });
      files.set(`${mountPath}/${serviceAccountToken.path}`, file);
    }
  }
  return files;
}
