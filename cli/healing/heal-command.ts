/** `vigilante heal NODE` and `vigilante restart NODE`. */

import { planOf } from '../../config/policies/healing.ts';
import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { HEALING_SWITCH_ANNOTATION } from '../../contracts/healing/names.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import { healRecordsOf } from '../../temporal/healing/heal-records.ts';
import { type HealStarts, healStartsOf } from '../../temporal/healing/heal-starts.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { followHeal } from './follow.ts';
import type { FollowStart } from './follow-decision.ts';
import { type HealStep, healDecision } from './heal-decision.ts';

export interface HealCommand {
  readonly command: 'heal' | 'restart';
  readonly node: NodeName;
  readonly reason: string | null;
  readonly wait: boolean;
  readonly timeoutMs: number;
  /** The person named a configuration: its policy is used instead of the last heal's. */
  readonly configured: boolean;
}

export async function healCommand(
  context: CommandContext,
  terminal: Terminal,
  request: HealCommand,
): Promise<ExitCode> {
  const { node, command } = request;
  const nodes = await context.nodes();
  const client = await context.client();
  const { config } = context;
  const { name, annotation } = context.profile;
  const heals = healRecordsOf(client, config.cluster, name);
  const heal = await heals.find(node);
  // After the heal: one that ends between the two has marked its node, and must not look like a node without a heal.
  const observation = await nodes.observe(node);
  const decision = healDecision({ node, command, observation, heal });
  if (decision.kind === 'refuse' || observation.kind === 'gone') {
    throw new CommandError(EXIT.conditionNotMet, decision.kind === 'refuse' ? decision.reason : `no node ${node}`);
  }
  for (const note of decision.notes) terminal.note(`${note}\n`);
  if (decision.enable) {
    const written = await nodes.annotate(observation.facts, { [HEALING_SWITCH_ANNOTATION]: null });
    if (written.kind !== 'annotated') {
      throw new CommandError(EXIT.conditionNotMet, `node ${node} was deleted in this moment; try again`);
    }
  }
  const starts = healStartsOf(client, { cluster: config.cluster, annotation });
  await perform(starts, {
    request,
    step: decision.step,
    plan: () => chosenPlan(starts, { request, context, heal }),
  });
  terminal.write(`${decision.step.message}\n`);
  if (!request.wait) return EXIT.ok;
  const before = decision.step.kind === 'attach' ? null : followStart(heal);
  return followHeal(heals, terminal, { node, before, timeoutMs: request.timeoutMs });
}

/**
 * The plan of the node's last heal: the configuration of whoever runs the command is seldom that of the cluster. The
 * configured one where there was no heal.
 */
async function chosenPlan(
  starts: HealStarts,
  { request, context, heal }: { request: HealCommand; context: CommandContext; heal: HealRecord | null },
): Promise<HealPlan> {
  const last = request.configured || heal === null ? null : await starts.planOf(heal);
  if (last !== null) return last;
  const { name, configured } = context.profile;
  if (configured !== null) return planOf(configured, context.config.temporal);
  throw new CommandError(
    EXIT.configuration,
    `the configuration has no profile ${name}; give that of the cluster: --config`,
  );
}

async function perform(
  starts: HealStarts,
  { request, step, plan }: { request: HealCommand; step: HealStep; plan: () => Promise<HealPlan> },
): Promise<void> {
  const { node, reason, command } = request;
  switch (step.kind) {
    case 'attach':
      return;
    case 'start':
      return starts.start(node, await plan());
    case 'restart':
      return starts.restart(node, { plan: await plan(), reason: reason ?? `vigilante ${command}` });
    default:
      return assertNever(step);
  }
}

function followStart(heal: HealRecord | null): FollowStart | null {
  if (heal === null) return null;
  const { runId, status } = heal;
  return { runId, running: heal.execution === 'running', windowStartMs: status?.windowStartMs ?? null };
}
