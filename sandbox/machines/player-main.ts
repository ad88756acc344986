/** The process that plays the machines of a sandbox; ends with the sandbox. */

import { readFile } from 'node:fs/promises';
import { createApiClient } from '../api-client.ts';
import { readKubeconfig } from '../kubeconfig.ts';
import { fileOf, SandboxLayoutSchema } from '../layout.ts';
import { mirror, SIMULATED_NODES } from '../mirror.ts';
import { controlPlaneNodes } from '../parts/place.ts';
import { ACT_PODS_QUERY, type Act, type Machine, parseAct, parseMachine } from './act.ts';
import { machineWrites } from './machine-writes.ts';
import { createMachinePlayer } from './player.ts';

const [layoutFile] = process.argv.slice(2);
if (layoutFile === undefined) throw new Error('usage: player-main.ts LAYOUT_FILE');
const layout = SandboxLayoutSchema.parse(JSON.parse(await readFile(layoutFile, 'utf8')));
const api = createApiClient(await readKubeconfig(fileOf(layout, 'kubeconfig-machines')));
const places = controlPlaneNodes(layout);
const player = createMachinePlayer(machineWrites(api, layout), report);

/** Null until it was listed: an act without its machine cannot be played. */
const seen: { machines: ReadonlyMap<string, Machine> | null; acts: readonly Act[] | null } = {
  machines: null,
  acts: null,
};

function play(): void {
  if (seen.machines !== null && seen.acts !== null) player.see(seen.acts, seen.machines);
}

function report(problem: unknown): void {
  console.error(String(problem));
}

await Promise.all([
  mirror(api, {
    ...SIMULATED_NODES,
    parse: (object) => parseMachine(object, places),
    onChange: (items) => {
      seen.machines = new Map(items.map((machine) => [machine.name, machine]));
      play();
    },
    onProblem: report,
  }),
  mirror(api, {
    path: '/api/v1/pods',
    query: ACT_PODS_QUERY,
    parse: parseAct,
    onChange: (items) => {
      seen.acts = items;
      play();
    },
    onProblem: report,
  }),
]);
