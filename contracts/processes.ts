/** The processes of `vigilante`, listed once: each is a folder with a `main.ts`, and a command of that name. */

/** For the help of the command line. */
export const PROCESSES = {
  worker: 'run the workflows and activities of one cluster',
  starter: 'watch the nodes, start a heal for each that needs one, keep the connectivity watched',
  maintainer: 'run the workflows and activities of one cluster that need more rights: maintenance, privileges',
  fleet: 'run upgrades over several clusters; reaches Temporal alone',
  collector: "take the agents' reports and say which agents are missing",
  agent: 'run on a node, probe from there and report to the collector',
  echo: 'answer which address a connection came from, to prove what a pod sends',
  sandbox: 'a whole cluster with Temporal on this machine, for trying things out',
} as const;

export type ProcessName = keyof typeof PROCESSES;

/** Those that the chart runs as Deployments, each with a service account of its own. */
export const COMPONENTS = [
  'worker',
  'maintainer',
  'fleet',
  'starter',
  'collector',
] as const satisfies readonly ProcessName[];
export type Component = (typeof COMPONENTS)[number];

export function isProcessName(name: string): name is ProcessName {
  return Object.hasOwn(PROCESSES, name);
}
