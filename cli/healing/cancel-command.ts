/** `vigilante cancel NODE` (H14). */

import { HEALING_SWITCH_ANNOTATION, HEALING_SWITCH_OFF } from '../../contracts/healing/names.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { stateOf } from '../../temporal/healing/heal-record.ts';
import { type HealRecords, healRecordsOf } from '../../temporal/healing/heal-records.ts';
import { healsOf } from '../../temporal/healing/heals.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { shortDuration } from '../short-duration.ts';
import type { Terminal } from '../terminal.ts';

const POLL_MS = 500;

export interface CancelCommand {
  readonly node: NodeName;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

export async function cancelCommand(
  context: CommandContext,
  terminal: Terminal,
  request: CancelCommand,
): Promise<ExitCode> {
  const { node } = request;
  const { cluster } = context.config;
  const client = await context.client();
  const { name: profile } = context.profile;
  if (!(await healsOf(client, cluster, profile).cancel(node))) {
    throw new CommandError(
      EXIT.conditionNotMet,
      `no heal of node ${node} is running\nto keep the healing off a node: kubectl annotate node ${node} ${HEALING_SWITCH_ANNOTATION}=${HEALING_SWITCH_OFF}`,
    );
  }
  terminal.write(
    `cancelling the heal of ${node}: its pod is removed and the node gets the annotation ${HEALING_SWITCH_ANNOTATION}=${HEALING_SWITCH_OFF}; it is left alone until: vigilante heal ${node}\n`,
  );
  return request.wait ? waitForEnd(healRecordsOf(client, cluster, profile), terminal, request) : EXIT.ok;
}

async function waitForEnd(
  heals: HealRecords,
  terminal: Terminal,
  { node, timeoutMs }: CancelCommand,
): Promise<ExitCode> {
  const deadlineMs = terminal.nowMs() + timeoutMs;
  while (!terminal.interrupted() && terminal.nowMs() < deadlineMs) {
    const record = await heals.find(node);
    if (record !== null && record.execution !== 'running') {
      if (record.execution === 'cancelled') {
        terminal.write(`the heal of ${node} is cancelled\n`);
        return EXIT.ok;
      }
      terminal.note(`the heal of ${node} had ended before it could be cancelled: ${stateOf(record)}\n`);
      return EXIT.conditionNotMet;
    }
    await terminal.pause(POLL_MS);
  }
  if (terminal.interrupted()) return EXIT.interrupted;
  terminal.note(`the heal of ${node} is still ending after ${shortDuration(timeoutMs)} (is the worker running?)\n`);
  return EXIT.conditionNotMet;
}
