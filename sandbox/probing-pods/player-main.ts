/** The process that plays the probing pods of a sandbox; ends with the sandbox. */

import { z } from 'zod';
import { createApiClient } from '../api-client.ts';
import { readKubeconfig } from '../kubeconfig.ts';
import { mirror, SIMULATED_NODES } from '../mirror.ts';
import { createPlayer } from './player.ts';
import { type PodFacts, parsePod } from './probing-pod.ts';

const NodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]) })
    .default({ addresses: [] }),
});

const [kubeconfig] = process.argv.slice(2);
if (kubeconfig === undefined) throw new Error('usage: player-main.ts KUBECONFIG');
const api = createApiClient(await readKubeconfig(kubeconfig));
const player = createPlayer(api, report);

/** Null until it was listed: a pod without its node, or an address that another pod has, would be played wrongly. */
const seen: { nodes: ReadonlyMap<string, string> | null; pods: readonly PodFacts[] | null } = {
  nodes: null,
  pods: null,
};

function play(): void {
  if (seen.nodes !== null && seen.pods !== null) player.see(seen.pods, seen.nodes);
}

interface NodeFacts {
  readonly name: string;
  readonly address: string | null;
}

function parseNode(object: unknown): NodeFacts {
  const { metadata, status } = NodeSchema.parse(object);
  const address = status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? null;
  return { name: metadata.name, address };
}

function report(problem: unknown): void {
  console.error(String(problem));
}

await Promise.all([
  mirror(api, {
    ...SIMULATED_NODES,
    parse: parseNode,
    onChange: (items) => {
      seen.nodes = new Map(items.flatMap(({ name, address }) => (address === null ? [] : [[name, address]])));
      play();
    },
    onProblem: report,
  }),
  mirror(api, {
    path: '/api/v1/pods',
    parse: parsePod,
    onChange: (items) => {
      seen.pods = items;
      play();
    },
    onProblem: report,
  }),
]);
