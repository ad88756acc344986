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
  /** Whether it came to the step, and the maintainer was killed there. */
  readonly isHit: boolean;
  /** How often each thing was done. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface MaintainerLane {
  /** Does all of it once under a new name, and kills the maintainer at the step on the way. */
  run(name: string, step: Step | null): Promise<SteppedRun>;
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
      return lane.run('first', null);
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
  const undisturbed = await firstLane.run('undisturbed', null);
  const all = stepsOf(undisturbed.counts);
  const steps = choose?.(all) ?? all;
  print(`${all.length} steps in ${work.what}, the maintainer is killed at ${steps.length}`);
  const problems = [...problemsOf(work, undisturbed, 'no kill')];
  const missed: string[] = [];
  const waiting = steps.entries();
  await Promise.all(
    lanes.map(async (lane) => {
      // The lanes share the one iterator.
      for (const [index, step] of waiting) {
        const where = describeStep(step);
        const ended = await killAt(lane, { step, index });
        const found = ended.flatMap((one) => problemsOf(work, one, where));
        problems.push(...found);
        const wasHit = ended.some(({ isHit }) => isHit);
        // All steps take long: what is wrong is seen on the way.
        print(`${where}: ${wasHit ? 'killed' : 'not reached'}${found.length === 0 ? '' : `, ${found.join('; ')}`}`);
        if (!wasHit) missed.push(where);
      }
    }),
  );
  if (missed.length > UNREACHED_MAX) problems.push(`nothing came to these steps: ${missed.join(', ')}`);
  return { steps: all.length, kills: steps.length - missed.length, problems };
}

/** Until a run has come to the step. */
async function killAt(
  lane: MaintainerLane,
  { step, index }: { readonly step: Step; readonly index: number },
): Promise<readonly SteppedRun[]> {
  const ended: SteppedRun[] = [];
  for (let round = 1; round <= ROUNDS_MAX && !ended.some(({ isHit }) => isHit); round += 1) {
    ended.push(await lane.run(`step-${index}-${round}`, step));
  }
  return ended;
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
