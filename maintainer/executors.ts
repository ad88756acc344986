/** Makes the executors of the configuration: templates are read once, secrets for each request. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';

import { type Executor, noneExecutor } from '../activities/maintenance/executor.ts';
import { podExecutor } from '../activities/maintenance/pod-executor.ts';
import { type WebhookRequest, webhookExecutor } from '../activities/maintenance/webhook-executor.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/schema/config.ts';
import { messageOf } from '../domain/error-message.ts';
import type { PodTemplate } from '../kubernetes/maintenance/act-pod.ts';
import type { ActPods } from '../kubernetes/maintenance/act-pods.ts';
import { withArtifacts } from './artifact-fetching.ts';
import { rebootTemplate } from './reboot-templates.ts';

type ExecutorConfig = Config['maintenance']['executors'][string];

const WEBHOOK_TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 65_536;

/** Throws `ConfigError` for a template that cannot be used. */
export function executorsOf(
  { executors, templates }: Config['maintenance'],
  pods: ActPods,
): ReadonlyMap<string, Executor> {
  return new Map(
    Object.entries(executors).map(([name, settings]) => [name, executorOf(settings, { pods, templates })] as const),
  );
}

/** Contents of the templates that executors use, by file: what is approved with a plan. */
export function writtenTemplates({
  executors,
  templates,
}: Pick<Config['maintenance'], 'executors' | 'templates'>): Readonly<Record<string, string>> {
  const files = Object.values(executors).flatMap((one) => (one.kind === 'pod' ? [one.template] : []));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(templates, file), 'utf8')]));
}

function executorOf(settings: ExecutorConfig, { pods, templates }: { pods: ActPods; templates: string }): Executor {
  switch (settings.kind) {
    case 'none':
      return noneExecutor(settings);
    case 'reboot':
      return podExecutor(pods, { ...settings, template: rebootTemplate(settings) });
    case 'pod':
      return podExecutor(pods, { ...settings, template: podTemplate(settings, templates) });
    case 'webhook':
      return webhookExecutor({
        ...settings,
        secret: async () => (await readFile(settings.secretFile, 'utf8')).trim(),
        send: (asked) => send(asked, settings.caFile),
      });
    default:
      return settings satisfies never;
  }
}

function podTemplate({ template, artifacts }: Extract<ExecutorConfig, { kind: 'pod' }>, folder: string): PodTemplate {
  const found = readTemplate(join(folder, template));
  return artifacts === undefined ? found : withArtifacts(found, artifacts);
}

const ContainerSchema = z.looseObject({
  name: z.string(),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
});

const TemplateSchema = z.looseObject({
  kind: z.literal('Pod'),
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  spec: z.looseObject({
    containers: z.array(ContainerSchema).min(1),
    initContainers: z.array(ContainerSchema).optional(),
    volumes: z.array(z.looseObject({})).optional(),
  }),
});

function readTemplate(path: string): PodTemplate {
  try {
    const template = TemplateSchema.parse(parse(readFileSync(path, 'utf8')));
    // Zod makes keys that are left out `undefined`, which this type has not.
    return template as PodTemplate;
  } catch (error) {
    throw new ConfigError(path, [`it is no manifest of a Pod: ${messageOf(error)}`]);
  }
}

async function send({ method, url, headers, body }: WebhookRequest, caFile: string | undefined) {
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  const dispatcher = new Agent({ maxResponseSize: ANSWER_BYTES_MAX, connect: ca === undefined ? {} : { ca } });
  try {
    const signal = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS);
    const answer = await request(url, { method, headers, body, dispatcher, signal });
    return { status: answer.statusCode, text: await answer.body.text() };
  } finally {
    await dispatcher.close();
  }
}
