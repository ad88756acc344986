/** For one maintenance after the other the maintainer is killed at each step in turn: what is left must always be the same. */

import { isDeepStrictEqual } from 'node:util';
import { connectTo, startTemporalServer } from '../../integration/runtime/temporal-server.ts';
import { describeStep, type Step, stepsOf } from '../step.ts';
import { LEFT_BEHIND, type MaintainedStep, type MaintenanceLane, openMaintenanceLane } from './step-lane.ts';

export interface MaintenanceStepsOptions {
  /** Clusters side by side, each with an API server and a maintainer of its own. */
  readonly lanes: number;
  /** Which of all steps; default: all. */
  readonly choose?: (steps: readonly Step[]) => readonly Step[];
  readonly print: (line: string) => void;
}

export interface MaintenanceStepsResult {
  readonly steps: number;
  readonly kills: number;
  readonly problems: readonly string[];
}

/** Two workflow tasks may become one, so that a maintenance has not every step of another one: then the next is tried. */
const ROUNDS_MAX = 3;
/** Steps that no maintenance came to; more would mean that the steps are not those of a maintenance. */
const UNREACHED_MAX = 3;

export async function killEachMaintenanceStep(options: MaintenanceStepsOptions): Promise<MaintenanceStepsResult> {
  const server = await startTemporalServer();
  const opened: MaintenanceLane[] = [];
  const endAll = () => {
    for (const lane of opened) lane.abandon();
    process.kill(server.pid, 'SIGKILL');
  };
  // Also when the run is ended by Ctrl-C.
  process.once('exit', endAll);
  try {
    const connection = await connectTo(server.profile, { searchAttributes: true });
    const open = async (_lane: unknown, index: number) => {
      const lane = await openMaintenanceLane({ profile: server.profile, connection, cluster: `lane-${index}` });
      opened.push(lane);
      // A guard that has just begun does more.
      return { lane, first: await lane.maintain('first', null) };
    };
    const lanes = await Promise.all(Array.from({ length: options.lanes }, open));
    const problems = lanes.flatMap(({ first }) => problemsOf(first, 'first'));
    const result = await killAtAll(opened, options);
    await connection.close();
    return { ...result, problems: [...problems, ...result.problems] };
  } finally {
    for (const lane of opened) await lane.close();
    await server.stop();
    process.off('exit', endAll);
  }
}

async function killAtAll(
  lanes: readonly MaintenanceLane[],
  { choose, print }: MaintenanceStepsOptions,
): Promise<MaintenanceStepsResult> {
  const [firstLane] = lanes;
  if (firstLane === undefined) throw new Error('no lane: expected at least one');
  const undisturbed = await firstLane.maintain('undisturbed', null);
  const all = stepsOf(undisturbed.counts);
  const steps = choose?.(all) ?? all;
  print(`${all.length} steps in a maintenance, the maintainer is killed at ${steps.length}`);
  const problems = [...problemsOf(undisturbed, 'no kill')];
  const missed: string[] = [];
  const waiting = steps.entries();
  await Promise.all(
    lanes.map(async (lane) => {
      // The lanes share the one iterator.
      for (const [index, step] of waiting) {
        const where = describeStep(step);
        const ended = await killAt(lane, { step, index });
        problems.push(...ended.flatMap((one) => problemsOf(one, where)));
        const wasHit = ended.some(({ isHit }) => isHit);
        print(`${where}: ${wasHit ? 'killed' : 'not reached'}`);
        if (!wasHit) missed.push(where);
      }
    }),
  );
  if (missed.length > UNREACHED_MAX) problems.push(`no maintenance came to these steps: ${missed.join(', ')}`);
  return { steps: all.length, kills: steps.length - missed.length, problems };
}

/** Until a maintenance has come to the step. */
async function killAt(
  lane: MaintenanceLane,
  { step, index }: { readonly step: Step; readonly index: number },
): Promise<readonly MaintainedStep[]> {
  const ended: MaintainedStep[] = [];
  for (let round = 1; round <= ROUNDS_MAX && !ended.some(({ isHit }) => isHit); round += 1) {
    ended.push(await lane.maintain(`node-${index}-${round}`, step));
  }
  return ended;
}

function problemsOf({ left }: MaintainedStep, where: string): readonly string[] {
  const keys = Object.keys(LEFT_BEHIND) as readonly (keyof typeof LEFT_BEHIND)[];
  return keys
    .filter((key) => !isDeepStrictEqual(left[key], LEFT_BEHIND[key]))
    .map((key) => `${where}: ${key} is ${JSON.stringify(left[key])}, not ${JSON.stringify(LEFT_BEHIND[key])}`);
}
