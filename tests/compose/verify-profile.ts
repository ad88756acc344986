/** One profile from the first `up` to the last `down`: heals, killed containers, panels, links and faults. */

import type { Profile } from '../chart/compose-file.ts';
import { followAlertLinks } from './alert-links.ts';
import type { Cluster } from './cluster.ts';
import { killAndAwait } from './containers.ts';
import { startAsOtherUser, startWithTakenPort } from './faults.ts';
import { untilFirstPod, untilHealed } from './heals.ts';
import { askPanels } from './panels.ts';
import { choosePorts, openProject, type Project } from './project.ts';

export interface Verification {
  readonly cluster: Cluster;
  readonly name: string;
  readonly report: (line: string) => void;
  /** What fails the run. */
  readonly problems: string[];
}

const TEMPORAL = { dev: 'temporal-dev', 'production-like': 'temporal-server' } as const;
const UP_TIMEOUT_SECONDS = '300';
const POD_TIMEOUT_MS = 180_000;
const HEAL_TIMEOUT_MS = 300_000;
const PANELS_TIMEOUT_MS = 180_000;
/** From `up` on, with everything healthy; a Temporal whose parts look for each other takes 30 s and more. */
const FIRST_POD_AFTER_UP_MAX_MS = 20_000;

export async function verifyProfile(verification: Verification, profile: Profile): Promise<void> {
  const { cluster, name, report } = verification;
  const project = await openProject(cluster, { name, profile, ports: await choosePorts(cluster) });
  const step = stepsOf(verification, profile);
  try {
    const sinceMs = Date.now();
    await step('up', () => up(project, '--build'));
    await step('heals a node', () => healNode(cluster, `${profile}-first`));
    await step('heals while containers are killed', () => healThroughKills(cluster, project, report));
    // Prometheus has not seen what was counted between its scrape and a kill.
    await cluster.sandbox.addNode(`${profile}-measured`);
    await step('panels', () => panels(project, verification, sinceMs));
    await step('links of alerts', async () => `${await followAlertLinks(project, prometheusOf(project))} followed`);
    await step('down and up in a heal', () => healThroughRestart(cluster, project));
    await step('another user', () => stopped(project, () => startAsOtherUser(project)));
    await step('a taken port', () => stopped(project, () => startWithTakenPort(project)));
  } finally {
    await project.run('down', '--volumes', '--remove-orphans');
  }
}

/** Runs a step and reports how long it took; a step that fails is a problem, and the next one follows. */
function stepsOf({ report, problems }: Verification, profile: Profile) {
  return async (what: string, perform: () => Promise<string | void>): Promise<void> => {
    const startMs = Date.now();
    try {
      const figures = await perform();
      report(`${profile}: ${what}: ${figures ?? 'as it should be'} (${seconds(Date.now() - startMs)})`);
    } catch (error) {
      const problem = `${profile}: ${what}: ${error instanceof Error ? error.message : String(error)}`;
      report(`FAILED ${problem}`);
      problems.push(problem);
    }
  };
}

async function up(project: Project, ...options: readonly string[]): Promise<void> {
  await project.run('up', '--detach', '--wait', '--wait-timeout', UP_TIMEOUT_SECONDS, ...options);
}

async function healNode(cluster: Cluster, node: string): Promise<string> {
  const sinceMs = Date.now();
  await cluster.sandbox.addNode(node);
  const podMs = await untilFirstPod(cluster, { node, sinceMs, timeoutMs: POD_TIMEOUT_MS });
  const healedMs = await untilHealed(cluster, { node, sinceMs, timeoutMs: HEAL_TIMEOUT_MS });
  return `first pod after ${seconds(podMs)}, healed after ${seconds(healedMs)}`;
}

async function healThroughKills(cluster: Cluster, project: Project, report: (line: string) => void): Promise<string> {
  const node = `${project.profile}-killed`;
  const sinceMs = Date.now();
  await cluster.sandbox.addNode(node);
  await untilFirstPod(cluster, { node, timeoutMs: POD_TIMEOUT_MS });
  for (const service of ['worker', 'starter', 'collector', TEMPORAL[project.profile]]) {
    report(`  ${service} killed, healthy again after ${seconds(await killAndAwait(project, service))}`);
  }
  return `healed after ${seconds(await untilHealed(cluster, { node, sinceMs, timeoutMs: HEAL_TIMEOUT_MS }))}`;
}

/** A panel of several expressions has data when one of them has: nothing need have failed in every way there is. */
async function panels(project: Project, { problems, report }: Verification, sinceMs: number): Promise<string> {
  const { withData, withoutData } = await askPanels(prometheusOf(project), { sinceMs, timeoutMs: PANELS_TIMEOUT_MS });
  const shown = new Set(withData.map(({ panel }) => panel));
  for (const { panel, expr } of withoutData) {
    report(`  no data in "${panel}": ${expr}`);
    if (!shown.has(panel)) problems.push(`${project.profile}: the panel "${panel}" has no data: ${expr}`);
  }
  return `${withData.length} expressions with data, ${withoutData.length} without`;
}

async function healThroughRestart(cluster: Cluster, project: Project): Promise<string> {
  const node = `${project.profile}-restarted`;
  await cluster.sandbox.addNode(node);
  await untilFirstPod(cluster, { node, timeoutMs: POD_TIMEOUT_MS });
  await project.run('down');
  await up(project);
  const fresh = `${project.profile}-fresh`;
  const sinceMs = Date.now();
  await cluster.sandbox.addNode(fresh);
  const podMs = await untilFirstPod(cluster, { node: fresh, sinceMs, timeoutMs: POD_TIMEOUT_MS });
  if (podMs > FIRST_POD_AFTER_UP_MAX_MS) throw new Error(`the first pod of a node came ${seconds(podMs)} after \`up\``);
  const healedMs = await untilHealed(cluster, { node, sinceMs, timeoutMs: HEAL_TIMEOUT_MS });
  return `first pod of a new node ${seconds(podMs)} after \`up\`, the interrupted heal done after ${seconds(healedMs)}`;
}

async function stopped(project: Project, perform: () => Promise<void>): Promise<void> {
  await project.run('down');
  await perform();
}

function prometheusOf({ ports }: Project): string {
  return `http://localhost:${ports.PORT_PROMETHEUS}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
