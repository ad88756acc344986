/** Waits for the end of a heal and shows its progress. */

import type { NodeName } from '../../domain/node/identity.ts';
import { isTemporalAway } from '../../temporal/errors.ts';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import type { HealRecords } from '../../temporal/healing/heal-records.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { shortDuration } from '../short-duration.ts';
import type { Terminal } from '../terminal.ts';
import { type FollowStart, followVerdict, progressLine } from './follow-decision.ts';

const POLL_MS = 1_000;
/** While Temporal restarts, a wait goes on; after this long without an answer it ends. */
const AWAY_MAX_MS = 2 * 60_000;

export interface FollowOptions {
  readonly node: NodeName;
  readonly before: FollowStart | null;
  readonly timeoutMs: number;
}

/** 0 only when the node was healed; otherwise the reason is shown. Asking adds no event to the heal's history. */
export async function followHeal(heals: HealRecords, terminal: Terminal, options: FollowOptions): Promise<ExitCode> {
  const { node, before, timeoutMs } = options;
  const line = progressWriter(terminal);
  const deadlineMs = terminal.nowMs() + timeoutMs;
  let answeredMs = terminal.nowMs();
  while (!terminal.interrupted()) {
    try {
      const record = await heals.find(node);
      answeredMs = terminal.nowMs();
      if (record !== null) {
        const verdict = followVerdict(record, before);
        if (verdict.kind !== 'going-on') {
          line.end();
          if (verdict.kind === 'healed') terminal.write(`${verdict.message}\n`);
          else terminal.note(`${verdict.message}\n`);
          return verdict.kind === 'healed' ? EXIT.ok : EXIT.conditionNotMet;
        }
        line.show(record);
      }
    } catch (error) {
      if (!isTemporalAway(error) || terminal.nowMs() - answeredMs > AWAY_MAX_MS) throw error;
      line.say(`${node}  Temporal does not answer, trying again`);
    }
    if (terminal.nowMs() >= deadlineMs) {
      line.end();
      terminal.note(
        `node ${node} is not healed after ${shortDuration(timeoutMs)}; its heal goes on: vigilante status ${node}\n`,
      );
      return EXIT.conditionNotMet;
    }
    await terminal.pause(POLL_MS);
  }
  line.end();
  terminal.note(`no longer waiting; the heal goes on: vigilante status ${node}\n`);
  return EXIT.interrupted;
}

interface ProgressWriter {
  show(record: HealRecord): void;
  say(text: string): void;
  end(): void;
}

/** One line that is redrawn for a person; for a file a line on each change. */
function progressWriter(terminal: Terminal): ProgressWriter {
  let last = '';
  const say = (text: string): void => {
    if (text === last) return;
    last = text;
    if (terminal.interactive) terminal.write(`\r${text.slice(0, terminal.columns - 1)}\u001B[K`);
    else terminal.write(`${text}\n`);
  };
  return {
    say,
    show: (record) => say(progressLine(record, { nowMs: terminal.nowMs(), clock: terminal.interactive })),
    end: () => {
      if (terminal.interactive && last !== '') terminal.write('\n');
    },
  };
}
