/** `vigilante heal NODE` and `vigilante restart NODE`. */

import { HEALING_SWITCH_ANNOTATION } from '../../contracts/names.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import type { Workplace } from '../workplace.ts';
import { followHeal } from './follow.ts';
import type { FollowStart } from './follow-decision.ts';
import { type HealStep, healDecision } from './heal-decision.ts';
import type { HealRecord } from './heal-record.ts';
import { type HealStarter, healStarterOf } from './heal-start.ts';
import { healsOf } from './heals.ts';

export interface HealCommand {
  readonly command: 'heal' | 'restart';
  readonly node: NodeName;
  readonly reason: string | null;
  readonly wait: boolean;
  readonly timeoutMs: number;
  /** The person named a configuration: its policy is used instead of the last heal's. */
  readonly configured: boolean;
}

export async function healCommand(workplace: Workplace, terminal: Terminal, request: HealCommand): Promise<ExitCode> {
  const { node, command } = request;
  const nodes = await workplace.nodes();
  const observation = await nodes.observe(node);
  const client = await workplace.client();
  const heals = healsOf(client, workplace.config.cluster);
  const heal = await heals.find(node);
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
  const starter = healStarterOf(client, workplace.config);
  await perform(starter, { request, step: decision.step, heal });
  terminal.write(`${decision.step.words}\n`);
  if (!request.wait) return EXIT.ok;
  const before = decision.step.kind === 'attach' ? null : followStart(heal);
  return followHeal(heals, terminal, { node, before, timeoutMs: request.timeoutMs });
}

async function perform(
  starter: HealStarter,
  { request, step, heal }: { request: HealCommand; step: HealStep; heal: HealRecord | null },
): Promise<void> {
  const { node, reason, configured, command } = request;
  switch (step.kind) {
    case 'attach':
      return;
    case 'start':
      return starter.start(node, await starter.lastPolicy(configured ? null : heal));
    case 'restart': {
      const policy = await starter.lastPolicy(configured ? null : heal);
      return starter.restart(node, { policy, reason: reason ?? `vigilante ${command}` });
    }
    default:
      return assertNever(step);
  }
}

function followStart(heal: HealRecord | null): FollowStart | null {
  if (heal === null) return null;
  const { runId, status } = heal;
  return { runId, running: heal.execution === 'running', windowStartMs: status?.windowStartMs ?? null };
}
