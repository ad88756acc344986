/** The maintainer is killed at each step of what it does, one after the other: what is left must always be the same. */

import { isDeepStrictEqual } from 'node:util';
import type { NativeConnection } from '@temporalio/worker';
import type { TemporalProfile } from '../../config/temporal-profile.ts';
import { connectTo, startTemporalServer } from '../integration/runtime/temporal-server.ts';
import { describeStep, type Step, stepsOf } from './step.ts';

export interface MaintainerStepsOptions {
  /** Clusters side by side, each with an API server and a maintainer of its own. */
  readonly lanes: number;
  /** Which of all steps; default: all. */
  readonly choose?: (steps: readonly Step[]) => readonly Step[];
  readonly print: (line: string) => void;
}

export interface MaintainerStepsResult {
  readonly steps: number;
  readonly kills: number;
  readonly problems: readonly string[];
}

type Left = Readonly<Record<string, unknown>>;

export interface SteppedRun {
  readonly left: Left;
  /** Steps that it came to, and the maintainer was killed there. */
  readonly hit: ReadonlySet<Step>;
  /** How often each thing was done. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface MaintainerLane {
  /** Does all of it once under a new name, and kills the maintainer at each of the steps on the way. */
  run(name: string, steps: readonly Step[]): Promise<SteppedRun>;
  /** Ends the maintainer, and waits for nothing. */
  abandon(): void;
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly profile: Pick<TemporalProfile, 'address' | 'namespace'>;
  readonly connection: NativeConnection;
  readonly cluster: string;
}

/** What the maintainer does, and what that leaves behind, whatever happened to the maintainer meanwhile. */
export interface MaintainersWork {
  /** Such as `a maintenance`. */
  readonly what: string;
  readonly leftBehind: Left;
  /** At most so many kills on the way of one of it. Where one shifts the next ones a little, others come to those places. */
  readonly killsAtATime: number;
  openLane(options: LaneOptions): Promise<MaintainerLane>;
}

/** Two workflow tasks may become one, so that not every run has each step of another one: then the next is tried. */
const ROUNDS_MAX = 3;
/** Steps that no run came to; more would mean that the steps are not those of such a run. */
const UNREACHED_MAX = 3;

export async function killMaintainerAtEachStep(
  work: MaintainersWork,
  options: MaintainerStepsOptions,
): Promise<MaintainerStepsResult> {
  const server = await startTemporalServer();
  const opened: MaintainerLane[] = [];
  const endAll = () => {
    for (const lane of opened) lane.abandon();
    process.kill(server.pid, 'SIGKILL');
  };
  // Also when the run is ended by Ctrl-C.
  process.once('exit', endAll);
  try {
    const connection = await connectTo(server.profile, { searchAttributes: true });
    const open = async (_lane: unknown, index: number) => {
      const lane = await work.openLane({ profile: server.profile, connection, cluster: `lane-${index}` });
      opened.push(lane);
      // A guard that has just begun does more.
      return lane.run('first', []);
    };
    const firsts = await Promise.all(Array.from({ length: options.lanes }, open));
    const problems = firsts.flatMap((first) => problemsOf(work, first, 'first'));
    const result = await killAtAll(work, opened, options);
    await connection.close();
    return { ...result, problems: [...problems, ...result.problems] };
  } finally {
    for (const lane of opened) await lane.close();
    await server.stop();
    process.off('exit', endAll);
  }
}

async function killAtAll(
  work: MaintainersWork,
  lanes: readonly MaintainerLane[],
  { choose, print }: MaintainerStepsOptions,
): Promise<MaintainerStepsResult> {
  const [firstLane] = lanes;
  if (firstLane === undefined) throw new Error('no lane: expected at least one');
  const undisturbed = await firstLane.run('undisturbed', []);
  const all = stepsOf(undisturbed.counts);
  const steps = choose?.(all) ?? all;
  print(`${all.length} steps in ${work.what}, the maintainer is killed at ${steps.length}`);
  const problems = [...problemsOf(work, undisturbed, 'no kill')];
  const missed: string[] = [];
  const tries = new Map(steps.map((step) => [step, 0]));
  let runs = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      // The lanes take from the same map, until all of it is done.
      for (let batch = takeSpread(tries, work.killsAtATime); batch.length > 0; ) {
        runs += 1;
        const one = await lane.run(
          `run-${runs}`,
          batch.map(([step]) => step),
        );
        const where = [...one.hit].map(describeStep).join(', ');
        const found = problemsOf(work, one, where);
        problems.push(...found);
        // All steps take long: what is wrong is seen on the way.
        print(`killed ${where}${found.length === 0 ? '' : `: ${found.join('; ')}`}`);
        for (const [step, tried] of batch.filter(([each]) => !one.hit.has(each))) {
          if (tried + 1 < ROUNDS_MAX) tries.set(step, tried + 1);
          else missed.push(describeStep(step));
        }
        batch = takeSpread(tries, work.killsAtATime);
      }
    }),
  );
  if (missed.length > UNREACHED_MAX) problems.push(`nothing came to these steps: ${missed.join(', ')}`);
  return { steps: all.length, kills: steps.length - missed.length, problems };
}

/** Takes at most so many out of it, from all over: kills close together would be one. */
function takeSpread<Key, Value>(from: Map<Key, Value>, countMax: number): readonly (readonly [Key, Value])[] {
  const every = Math.max(1, from.size / countMax);
  const taken = [...from].filter((_one, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
  for (const [key] of taken) from.delete(key);
  return taken;
}

function problemsOf({ leftBehind }: MaintainersWork, { left }: SteppedRun, where: string): readonly string[] {
  return Object.keys({ ...leftBehind, ...left })
    .filter((key) => !isDeepStrictEqual(left[key], leftBehind[key]))
    .map((key) => `${where}: ${key} is ${JSON.stringify(left[key])}, not ${JSON.stringify(leftBehind[key])}`);
}

/** A few of all steps, silently: what a test runs. */
export function fewSteps(stepsMax: number): MaintainerStepsOptions {
  return { lanes: 1, choose: spreadEvenly(stepsMax), print: () => {} };
}

/** So many of them at most, spread evenly; at a fixed distance they could all be before, and none after. */
function spreadEvenly(stepsMax: number): (steps: readonly Step[]) => readonly Step[] {
  return (steps) => {
    const part = Math.min(1, stepsMax / steps.length);
    return steps.filter((_step, index) => Math.floor(index * part) !== Math.floor((index - 1) * part));
  };
}
