/** docker-compose.yml as Docker Compose's own library understands it: merged, with defaults, and valid by the schema. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PROFILES = ['dev', 'production-like'] as const;
export type Profile = (typeof PROFILES)[number];
/** For `~` in a path. */
export const HOME = '/home/somebody';

const BindSchema = z.object({
  type: z.literal('bind'),
  source: z.string(),
  target: z.string(),
  read_only: z.literal(true),
  bind: z.object({ create_host_path: z.literal(false) }),
});
const VolumeSchema = z.object({ type: z.literal('volume'), source: z.string(), target: z.string() });
const ServiceSchema = z.object({
  profiles: z.array(z.enum(PROFILES)),
  image: z.string(),
  pull_policy: z.string().optional(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).nullish(),
  entrypoint: z.array(z.string()).nullish(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.discriminatedUnion('type', [BindSchema, VolumeSchema])).default([]),
  ports: z
    .array(z.object({ host_ip: z.string().default('0.0.0.0'), published: z.string(), target: z.number() }))
    .default([]),
  networks: z.record(z.string(), z.object({ aliases: z.array(z.string()).default([]) }).nullable()),
  depends_on: z.record(z.string(), z.object({ condition: z.string(), required: z.boolean() })).default({}),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  restart: z.string(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
export type Service = z.infer<typeof ServiceSchema>;

const ComposeSchema = z.object({
  services: z.record(z.string(), ServiceSchema),
  volumes: z.record(z.string(), z.unknown()),
});
export type Compose = z.infer<typeof ComposeSchema>;

const execute = promisify(execFile);

/** Variables have their defaults. Throws with the library's message where the file is not as it should be. */
export async function readCompose(file: string): Promise<Compose> {
  const program = await resolveTool('compose-spec');
  const { stdout } = await execute(program, ['--format', 'json', file], { cwd: ROOT, env: { HOME } });
  return ComposeSchema.parse(JSON.parse(stdout));
}

/** The services that `--profile` starts. */
export function servicesOf({ services }: Compose, profile: Profile): ReadonlyMap<string, Service> {
  return new Map(Object.entries(services).filter(([, { profiles }]) => profiles.includes(profile)));
}

/** The file in the repository that is mounted there. */
export function mountedAt(service: Service | undefined, target: string): string | undefined {
  const found = service?.volumes.find((volume) => volume.type === 'bind' && volume.target === target);
  return found?.source.replace(ROOT, '');
}
