/** The two mixtures of versions, each in a world of its own; both resolve with one line for each violation. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import type { MixedWorld } from './mixed-world.ts';

export interface SceneOptions {
  readonly lastsMs: number;
  readonly print: (line: string) => void;
}

const NODE_EVERY_MS = 15_000;
/** Both workers take tasks of every heal before the old one ends. */
const OVERLAP_MS = 60_000;
const BEHAVIOURS = ['proving', 'snat:20s', 'lying'] as const satisfies readonly Behaviour[];

/** The worker cannot go on with the heals of the starter; nothing may come of that but a wait. */
export async function oldWorkerBesideNewStarter(
  world: MixedWorld,
  { lastsMs, print }: SceneOptions,
): Promise<readonly string[]> {
  const oldWorker = await world.start('worker', 'old');
  const oldStarter = await world.start('starter', 'old');
  await addNodes(world, 'before', BEHAVIOURS.length);
  await world.untilHeals(world.oldType, BEHAVIOURS.length);
  await oldStarter.kill('SIGTERM');
  await world.start('starter', 'new');
  const added = await addNodesFor(world, lastsMs);
  const waiting = await world.state();
  print(`old worker beside new starter for ${lastsMs / 1_000} s: ${describe(waiting)}`);
  const violations = [
    ...waiting.failed,
    ...waiting.marked.filter((node) => added.includes(node)).map((node) => `${node} was marked by the old worker`),
    ...added.filter((node) => !waiting.openNodes.includes(node)).map((node) => `the heal of ${node} does not wait`),
  ];
  await world.start('worker', 'new');
  await sleep(OVERLAP_MS);
  await oldWorker.kill('SIGTERM');
  const end = await world.untilHealed(added);
  print(`with a new worker: ${describe(end)}`);
  return [...violations, ...end.failed, ...wronglyMarked(end.marked, added), ...(await world.sweptPods())];
}

/** As after a rollback of the starter alone: it knows nothing of the heals that are open. */
export async function newWorkerBesideOldStarter(
  world: MixedWorld,
  { lastsMs, print }: SceneOptions,
): Promise<readonly string[]> {
  await world.start('worker', 'new');
  const newStarter = await world.start('starter', 'new');
  const begun = await addNodes(world, 'before', BEHAVIOURS.length * 2);
  await world.untilHeals('onboardNode', begun.length);
  await newStarter.kill('SIGTERM');
  await world.start('starter', 'old');
  await addNodesFor(world, lastsMs);
  const state = await world.state();
  print(`new worker beside old starter for ${lastsMs / 1_000} s: ${describe(state)}`);
  const end = await world.untilHealed(begun);
  print(`at the end: ${describe(end)}`);
  const begunByOld = end.marked.filter((node) => !begun.includes(node));
  return [
    ...end.failed,
    ...wronglyMarked(end.marked, begun),
    ...(begunByOld.length > 0 ? [] : ['no node of the old starter was marked']),
    ...(await world.sweptPods()),
  ];
}

async function addNodesFor(world: MixedWorld, lastsMs: number): Promise<readonly string[]> {
  const added: string[] = [];
  for (const endsMs = Date.now() + lastsMs; Date.now() < endsMs; ) {
    added.push(...(await addNodes(world, `node-${added.length}`, 1, added.length)));
    await sleep(NODE_EVERY_MS);
  }
  return added;
}

/** One for each behaviour in turn; a lying one has it in its name. */
async function addNodes(world: MixedWorld, prefix: string, count: number, first = 0): Promise<readonly string[]> {
  const added: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const behaviour = BEHAVIOURS[(first + index) % BEHAVIOURS.length] ?? 'proving';
    const name = `${prefix}-${index}-${behaviour.replace(':', '-')}`;
    await world.addNode(name, behaviour);
    added.push(name);
  }
  return added;
}

/** No pod of a lying node is ever seen with its own address. */
function wronglyMarked(marked: readonly string[], asked: readonly string[]): readonly string[] {
  return marked.filter((node) => asked.includes(node) && node.endsWith('lying')).map((node) => `${node} was marked`);
}

function describe({ open, completed, failed, marked, failedTasks }: Awaited<ReturnType<MixedWorld['state']>>): string {
  const counts = `open ${open.healNode} healNode and ${open.onboardNode} onboardNode`;
  return `${counts}, ${completed} completed, ${failed.length} failed, ${marked.length} nodes marked, ${failedTasks} heals whose task waits for another worker`;
}
