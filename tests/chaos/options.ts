/** The arguments of `npm run chaos`. */

import { parseArgs } from 'node:util';
import { commandOf } from '../fixtures/suite-command.ts';
import { BREAK_NAMES, BREAKS, type BreakName, evidenceOfBreak } from './breaks.ts';
import { MAINTENANCE_BREAK_NAMES, MAINTENANCE_BREAKS, type MaintenanceBreakName } from './maintenance/breaks.ts';
import { type ChaosEvidence, EVIDENCES } from './policy.ts';

export type AskedChaos =
  | { readonly kind: 'prove'; readonly only: readonly BreakName[] }
  | { readonly kind: 'steps' }
  | { readonly kind: 'prove-maintenance'; readonly only: readonly MaintenanceBreakName[] }
  | { readonly kind: 'maintenance-steps' }
  | { readonly kind: 'upgrade-steps' }
  | { readonly kind: 'upgrade'; readonly seed: number }
  | { readonly kind: 'maintenance'; readonly seed: number; readonly minutes: number; readonly nodes: number }
  | {
      readonly kind: 'run';
      readonly seed: number;
      readonly evidence: ChaosEvidence;
      readonly minutes: number;
      readonly nodes: number;
      readonly breakName: BreakName | null;
      /** Commit whose processes run first; null: those of this checkout. */
      readonly from: string | null;
    };

const DEFAULTS = { minutes: 6, nodes: 24 };
const SEED_MAX = 2 ** 32 - 1;
const MINUTES_MAX = 24 * 60;
const NODES_MAX = 200;

export const USAGE = `Kills, stops and cuts off everything that Vigilante consists of and depends on, at random but by a seed, and judges
from the audit log, the API server, Temporal's histories and /proc whether healing and reports were as they must be.

  npm run chaos -- --seed N [--minutes M] [--nodes K] [--evidence E] [--break NAME | --from COMMIT]
  npm run chaos -- --prove [--break NAME] [--evidence E]
  npm run chaos -- --steps
  npm run chaos -- --maintenance --seed N [--minutes M] [--nodes K]
  npm run chaos -- --maintenance --prove [--break NAME]
  npm run chaos -- --maintenance --steps
  npm run chaos -- --upgrade --seed N
  npm run chaos -- --upgrade --steps

  --seed N      the same number gives the same faults; required
  --minutes M   of faults, ${DEFAULTS.minutes} by default; start, quiet end and judgement take about three more;
                with less than one minute windows and intervals are shorter, too
  --nodes K     Windows nodes at the start, ${DEFAULTS.nodes} by default; more arrive on the way
  --evidence E  ${EVIDENCES.join(' or ')}; what a pod must show, sandbox by default. With source-address pods ask an echo,
                nodes are marked early and watched, and new ones have a startup taint
  --break NAME  breaks the build on purpose, to see it caught:
${BREAK_NAMES.map((name) => `                  ${name.padEnd(21)} ${BREAKS[name].about}`).join('\n')}
  --from COMMIT starts with the processes of that commit, and upgrades all of them to this checkout half-way
  --prove       runs every break, and fails unless each is caught by its invariant
  --steps       kills a worker at each step of a heal in turn; with --maintenance a maintainer at each step of a
                maintenance, with --upgrade at each step of an upgrade of three nodes
  --maintenance hurts two maintainers, parts, nodes and workflows while Linux nodes are rebooted on a budget;
                with --prove its breaks are:
${MAINTENANCE_BREAK_NAMES.map((name) => `                  ${name.padEnd(21)} ${MAINTENANCE_BREAKS[name].about}`).join('\n')}
  --upgrade     kills maintainers, the process of the fleet, Temporal and Prometheus while three clusters are upgraded,
                until the run has ended; about half an hour

Exit code 1 on a violation, or when an invariant was checked on nothing; 64 on wrong arguments.
docs/testing-durability.md says what the invariants are.
`;

type ChaosCommand = AskedChaos | { readonly kind: 'wrong'; readonly problem: string };

export function chaosCommand(args: readonly string[]): ChaosCommand | { readonly kind: 'help' } {
  return commandOf(() => parse(args), asked);
}

type Values = ReturnType<typeof parse>;

function asked(values: Values): ChaosCommand {
  if (values.upgrade) return askedOfUpgrade(values);
  if (values.maintenance) return askedOfMaintenance(values);
  const breakName = BREAK_NAMES.find((name) => name === values.break) ?? null;
  if (values.break !== undefined && breakName === null) {
    return { kind: 'wrong', problem: `--break ${values.break}: expected one of ${BREAK_NAMES.join(', ')}` };
  }
  const evidence = EVIDENCES.find((one) => one === values.evidence) ?? null;
  if (values.evidence !== undefined && evidence === null) {
    return { kind: 'wrong', problem: `--evidence ${values.evidence}: expected one of ${EVIDENCES.join(', ')}` };
  }
  if (values.prove) {
    const asked = BREAK_NAMES.filter((name) => evidence === null || evidenceOfBreak(name) === evidence);
    return { kind: 'prove', only: breakName === null ? asked : [breakName] };
  }
  if (values.steps) return { kind: 'steps' };
  const numbers = numbersOf(values);
  if (numbers.kind === 'wrong') return numbers;
  const ofRun = evidence ?? (breakName === null ? 'sandbox' : evidenceOfBreak(breakName));
  const from = values.from ?? null;
  if (from !== null && breakName !== null) {
    return { kind: 'wrong', problem: '--from and --break: expected one of them' };
  }
  return { ...numbers, kind: 'run', evidence: ofRun, breakName, from };
}

function askedOfUpgrade(values: Values): ChaosCommand {
  const { steps, seed, maintenance, prove, evidence, from, break: breakName } = values;
  const others = maintenance || prove || [evidence, from, breakName].some((one) => one !== undefined);
  if (others || (steps && seed !== undefined)) {
    return { kind: 'wrong', problem: '--upgrade: takes --seed or --steps, and nothing else' };
  }
  if (steps) return { kind: 'upgrade-steps' };
  const numbers = numbersOf(values);
  return numbers.kind === 'wrong' ? numbers : { kind: 'upgrade', seed: numbers.seed };
}

function askedOfMaintenance(values: Values): ChaosCommand {
  const { evidence, from, prove, steps, break: breakName } = values;
  if (evidence !== undefined || from !== undefined) {
    return { kind: 'wrong', problem: '--maintenance: takes --seed, --minutes and --nodes, or --prove and --break' };
  }
  if (breakName !== undefined && !prove)
    return { kind: 'wrong', problem: `--break ${breakName}: of --maintenance only with --prove` };
  if (prove) {
    const only = MAINTENANCE_BREAK_NAMES.filter((name) => breakName === undefined || breakName === name);
    if (only.length > 0) return { kind: 'prove-maintenance', only };
    return { kind: 'wrong', problem: `--break ${breakName}: expected one of ${MAINTENANCE_BREAK_NAMES.join(', ')}` };
  }
  if (steps) return { kind: 'maintenance-steps' };
  const numbers = numbersOf(values);
  return numbers.kind === 'wrong' ? numbers : { ...numbers, kind: 'maintenance' };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: String(DEFAULTS.minutes) },
      nodes: { type: 'string', default: String(DEFAULTS.nodes) },
      evidence: { type: 'string' },
      break: { type: 'string' },
      from: { type: 'string' },
      prove: { type: 'boolean', default: false },
      steps: { type: 'boolean', default: false },
      maintenance: { type: 'boolean', default: false },
      upgrade: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

function numbersOf({ seed, minutes, nodes }: { seed?: string; minutes: string; nodes: string }) {
  if (seed === undefined) return { kind: 'wrong', problem: '--seed: expected a number, such as --seed 1' } as const;
  const numbers = [
    { name: 'seed', text: seed, min: 0, max: SEED_MAX, whole: true },
    { name: 'minutes', text: minutes, min: 0.2, max: MINUTES_MAX, whole: false },
    { name: 'nodes', text: nodes, min: 1, max: NODES_MAX, whole: true },
  ];
  for (const { name, text, min, max, whole } of numbers) {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) continue;
    const problem = `--${name} ${text}: expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
    return { kind: 'wrong', problem } as const;
  }
  return { kind: 'numbers', seed: Number(seed), minutes: Number(minutes), nodes: Number(nodes) } as const;
}
