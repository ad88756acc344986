/** For one heal after the other a worker is killed at each step in turn: what is left behind must always be the same. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import { fetchRuns, type WorkflowRun } from './heal-runs.ts';
import { judgeAnnotations } from './judge-annotations.ts';
import { type ChaosPodLife, chaosPodLives, podOverlaps } from './pod-lives.ts';
import { listHealingPods } from './pod-witness.ts';
import { type ChaosPolicy, SHORT_POLICY } from './policy.ts';
import { describeStep, type Step, stepsOf } from './step.ts';
import { openStepLane, STEP_POLICY, type StepLane, type StepOutcome } from './step-lane.ts';

export interface StepsOptions {
  /** Heals under way at a time, each with a worker of its own. */
  readonly lanes: number;
  /** Which of all steps; default: all. */
  readonly choose?: (steps: readonly Step[]) => readonly Step[];
  readonly print: (line: string) => void;
}

export interface StepsResult {
  readonly outcomes: readonly StepOutcome[];
  readonly problems: readonly string[];
}

/** Two workflow tasks may become one, so that a heal has not every step of another one: then the next is tried. */
const ROUNDS_MAX = 3;
/** Steps that no heal came to; more would mean that the steps are not those of a heal. */
const UNREACHED_MAX = 3;
const PODS_GO_MS = 2_000;

const POLICY: ChaosPolicy = { ...SHORT_POLICY, ...STEP_POLICY };

export async function killEachStep(options: StepsOptions): Promise<StepsResult> {
  const sandbox = await startSandbox({ report: () => {} });
  const client = await temporalClientOf(sandbox);
  const lanes: StepLane[] = [];
  try {
    const names = Array.from({ length: options.lanes }, (_, index) => `lane-${index}`);
    lanes.push(...(await Promise.all(names.map((name) => openStepLane(sandbox, client, name)))));
    const outcomes = await healAll(lanes, options);
    await sleep(PODS_GO_MS);
    return { outcomes, problems: await judge({ sandbox, client, outcomes }) };
  } finally {
    for (const lane of lanes) await lane.close();
    await client.connection.close();
    await sandbox.stop();
  }
}

/** The first heal runs undisturbed and shows which steps there are. */
async function healAll(lanes: readonly StepLane[], { choose, print }: StepsOptions): Promise<readonly StepOutcome[]> {
  const [firstLane] = lanes;
  if (firstLane === undefined) throw new Error('no lane: expected at least one');
  const undisturbed = await firstLane.heal('step-0', null);
  const all = stepsOf(undisturbed.counts);
  const steps = choose?.(all) ?? all;
  print(`${all.length} steps in a heal of ${undisturbed.attempts} attempts, the worker is killed at ${steps.length}`);
  const outcomes = [undisturbed];
  const waiting = steps.entries();
  await Promise.all(
    lanes.map(async (lane) => {
      // The lanes share the one iterator.
      for (const [index, step] of waiting) {
        for (let round = 1; round <= ROUNDS_MAX; round += 1) {
          const outcome = await lane.heal(`step-${index + 1}-${round}`, step);
          outcomes.push(outcome);
          print(`${describeStep(step)}: ${outcome.hit ? 'killed' : 'not reached'}, ${outcome.attempts} attempts`);
          if (outcome.hit) break;
        }
      }
    }),
  );
  return outcomes;
}

async function judge(world: {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly outcomes: readonly StepOutcome[];
}): Promise<readonly string[]> {
  const events = await world.sandbox.auditEvents();
  const runs = await fetchRuns(world.client);
  const lives = chaosPodLives(events, []);
  const left = await listHealingPods(world.sandbox.api);
  const annotations = judgeAnnotations({ events, runs, policy: POLICY }, lives);
  const nodes = await world.sandbox.listNodes();
  return [
    ...annotations.violations.map(({ node, what }) => `${node}: ${what}`),
    ...unreached(world.outcomes),
    ...left.map(({ name }) => `${name} is left over`),
    ...world.outcomes.flatMap((outcome) => {
      const annotated = annotations.subjects.filter((node) => node === outcome.node).length;
      const isHealed = nodes.some(
        ({ name, annotations: values }) => name === outcome.node && Object.values(values).includes('true'),
      );
      const problems = problemsOf(outcome, {
        annotated: isHealed ? annotated : 0,
        lives: lives.filter(({ node }) => node === outcome.node),
        run: runs.find(({ node }) => node === outcome.node),
      });
      const where = outcome.step === null ? 'no kill' : describeStep(outcome.step);
      return problems.map((problem) => `${outcome.node} (${where}): ${problem}`);
    }),
  ];
}

function unreached(outcomes: readonly StepOutcome[]): readonly string[] {
  const named = (hit: boolean) =>
    new Set(outcomes.flatMap(({ step, hit: wasHit }) => (step !== null && wasHit === hit ? [describeStep(step)] : [])));
  const missed = [...named(false)].filter((step) => !named(true).has(step));
  return missed.length > UNREACHED_MAX ? [`no heal came to these steps: ${missed.join(', ')}`] : [];
}

function problemsOf(
  { attempts, problem }: StepOutcome,
  found: { annotated: number; lives: readonly ChaosPodLife[]; run: WorkflowRun | undefined },
): readonly string[] {
  const numbers = found.lives.map(({ attempt }) => attempt).toSorted((one, other) => one - other);
  const expected = Array.from({ length: attempts ?? 0 }, (_, index) => index + 1);
  const overlaps = podOverlaps(found.lives, Date.now());
  return [
    ...(problem === null ? [] : [problem]),
    ...(found.annotated === 1 ? [] : [`annotated ${found.annotated} times`]),
    ...(numbers.join() === expected.join() ? [] : [`pods ${numbers.join()} of ${attempts} attempts`]),
    ...overlaps.map(({ pods }) => `two pods at a time: ${pods}`),
    ...(found.run?.taskFailures ?? []).map(({ cause, message }) => `workflow task: ${cause} ${message}`),
  ];
}
