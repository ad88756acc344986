/**
 * Writes a JSON line every 200 ms and cluster: which version of each component runs. Usage: main.ts OUT LAYOUT_FILE…
 * It knows the ports of a sandbox and nothing else of us: programs are found in /proc, API servers and nodes are asked.
 */

import { appendFile, readFile } from 'node:fs/promises';
import { get, Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type RunningProgram, runningPrograms } from './processes.ts';
import type { Reading, Sample } from './sample.ts';

const EVERY_MS = 200;
const ANSWER_MS = 2_000;

const PlaceSchema = z.object({
  cluster: z.string(),
  folder: z.string(),
  adminToken: z.string(),
  ports: z.object({ etcd: z.int(), apiserver: z.int(), controllerManager: z.int(), scheduler: z.int() }),
});
type Place = z.infer<typeof PlaceSchema>;

const VersionSchema = z.object({ gitVersion: z.string() });
const NodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
        nodeInfo: z.object({ kubeletVersion: z.string() }),
      }),
    }),
  ),
});
type Nodes = z.infer<typeof NodesSchema>['items'];

const [out, ...layoutFiles] = process.argv.slice(2);
if (out === undefined || layoutFiles.length === 0) throw new Error('usage: main.ts OUT LAYOUT_FILE…');
const places = await Promise.all(
  layoutFiles.map(async (file) => PlaceSchema.parse(JSON.parse(await readFile(file, 'utf8')))),
);
process.stdin.resume().once('end', () => process.exit());
/** Connections stay open, so that a look is short. */
const agent = new HttpsAgent({ keepAlive: true, rejectUnauthorized: false });
/** The nodes that were seen last, while no API server answers. */
const nodesSeen = new Map<string, Nodes>();

for (;;) {
  const beganMs = Date.now();
  const programs = await runningPrograms();
  const samples = await Promise.all(places.map((place) => sampleOf(place, programs)));
  await appendFile(out, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  await sleep(Math.max(0, beganMs + EVERY_MS - Date.now()));
}

async function sampleOf(place: Place, programs: readonly RunningProgram[]): Promise<Sample> {
  const atMs = Date.now();
  const ports = Object.values(place.ports);
  const own = programs.filter(({ port }) => ports.includes(port));
  const servers = own.filter(({ component }) => component === 'kube-apiserver');
  const says = await Promise.all(servers.map(versionSaid));
  const nodes = await nodesOf(place, servers);
  const readings = own.map((program): Reading => {
    const { component, version, address } = program;
    const node = nodes.find(({ status }) => status.addresses.some((one) => one.address === address));
    const said = component === 'kube-apiserver' ? (says[servers.indexOf(program)] ?? null) : null;
    return { component, node: node?.metadata.name ?? address, version, says: said };
  });
  const kubelets = nodes.map(
    ({ metadata, status }): Reading => ({
      component: 'kubelet',
      node: metadata.name,
      version: status.nodeInfo.kubeletVersion,
      says: null,
    }),
  );
  return { cluster: place.cluster, atMs, tookMs: Date.now() - atMs, readings: [...readings, ...kubelets] };
}

/** Null while it does not answer. */
async function versionSaid({ address, port }: RunningProgram): Promise<string | null> {
  const answer = VersionSchema.safeParse(await ask(`https://${address}:${port}/version`));
  return answer.success ? answer.data.gitVersion : null;
}

/** By the first API server that answers. */
async function nodesOf(place: Place, servers: readonly RunningProgram[]): Promise<Nodes> {
  for (const { address, port } of servers) {
    const answer = NodesSchema.safeParse(await ask(`https://${address}:${port}/api/v1/nodes`, place.adminToken));
    if (!answer.success) continue;
    nodesSeen.set(place.cluster, answer.data.items);
    break;
  }
  return nodesSeen.get(place.cluster) ?? [];
}

/** Null without an answer. */
function ask(url: string, token?: string): Promise<unknown> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    const asked = get(url, { agent, headers, timeout: ANSWER_MS }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', () => resolve(null));
      answer.on('end', () => resolve(jsonOf(Buffer.concat(parts).toString())));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
