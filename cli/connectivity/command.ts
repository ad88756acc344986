/** `vigilante connectivity`, and its actions `pause` and `resume`. */

import type { ConnectivityVerdict } from '../../contracts/connectivity/watch-connectivity.ts';
import { countAgents } from '../../domain/connectivity/messages.ts';
import { type ConnectivityWatch, connectivityWatchOf } from '../../temporal/connectivity/watch.ts';
import type { StatusAnswer, UpdateAnswer } from '../../temporal/perpetual.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { watchText } from '../watch-text.ts';
import { type ConnectivityFormat, connectivityReason, renderConnectivity } from './render.ts';

export interface ConnectivityCommand {
  readonly action: 'pause' | 'resume' | null;
  readonly format: ConnectivityFormat;
  readonly watch: boolean;
  /** Ask the collector instead of taking its last verdict. */
  readonly now: boolean;
  /** Why it is paused; null where no reason is given. */
  readonly reason: string | null;
}

export async function connectivityCommand(
  context: CommandContext,
  terminal: Terminal,
  request: ConnectivityCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const watch = connectivityWatchOf(await context.client(), cluster);
  if (request.action !== null) return steer(watch, terminal, { ...request, action: request.action, cluster });
  if (request.now) return askNow(watch, terminal, { cluster, format: request.format });
  const lookNow = () => look(watch, { cluster, format: request.format, nowMs: terminal.nowMs() });
  if (request.watch) {
    return watchText(terminal, async () => {
      const { text, reason } = await lookNow();
      return text === '' ? `${reason}\n` : text;
    });
  }
  const found = await lookNow();
  terminal.write(found.text);
  if (found.code !== EXIT.ok) terminal.note(`${found.reason}\n`);
  return found.code;
}

interface Look {
  readonly code: ExitCode;
  /** Empty where there is nothing to show. */
  readonly text: string;
  readonly reason: string;
}

interface View {
  readonly cluster: string;
  readonly format: ConnectivityFormat;
  readonly nowMs: number;
}

async function look(watch: ConnectivityWatch, view: View): Promise<Look> {
  const answer = await watch.ask();
  if (answer.kind === 'status') {
    const code = answer.status.state === 'ok' ? EXIT.ok : EXIT.conditionNotMet;
    return { code, text: renderConnectivity(answer.status, view), reason: connectivityReason(answer.status) };
  }
  const reason = reasonOf(answer, view.cluster);
  return { code: EXIT.conditionNotMet, text: withoutStatus(answer, { ...view, reason }), reason };
}

async function steer(
  watch: ConnectivityWatch,
  terminal: Terminal,
  { action, cluster, reason }: { action: 'pause' | 'resume'; cluster: string; reason: string | null },
): Promise<ExitCode> {
  const taken = action === 'pause' ? await watch.pause(reason) : await watch.resume();
  if (!taken) throw new CommandError(EXIT.conditionNotMet, noWatch(cluster, null));
  terminal.write(
    action === 'pause'
      ? `watching cluster ${cluster} is paused: nothing is evaluated until: vigilante connectivity resume\n`
      : `watching cluster ${cluster} goes on with an evaluation\n`,
  );
  return EXIT.ok;
}

async function askNow(watch: ConnectivityWatch, terminal: Terminal, view: Omit<View, 'nowMs'>): Promise<ExitCode> {
  const before = await watch.ask();
  if (before.kind === 'not-running') throw new CommandError(EXIT.conditionNotMet, reasonOf(before, view.cluster));
  const now = await watch.evaluateNow();
  // The watch has taken the answer into what it shows.
  const { text } = await look(watch, { ...view, nowMs: terminal.nowMs() });
  terminal.write(text);
  if (now.kind === 'result' && now.result.ok) return EXIT.ok;
  terminal.note(`${nowReason(now, view.cluster)}\n`);
  return EXIT.conditionNotMet;
}

function nowReason(now: UpdateAnswer<ConnectivityVerdict>, cluster: string): string {
  switch (now.kind) {
    case 'result':
      return `agents of cluster ${cluster} fail now: ${countAgents(now.result.counts)}`;
    case 'refused':
      return now.message;
    default:
      return noAnswer(cluster, null);
  }
}

function reasonOf(answer: Exclude<StatusAnswer<unknown>, { kind: 'status' }>, cluster: string): string {
  return answer.kind === 'silent' ? noAnswer(cluster, answer.lastState) : noWatch(cluster, answer.closedAs);
}

function noAnswer(cluster: string, lastState: string | null): string {
  const state = lastState === null ? '' : `; its last state was ${lastState}`;
  return `the watch of cluster ${cluster} does not answer (is the worker running?)${state}`;
}

function noWatch(cluster: string, closedAs: string | null): string {
  const last = closedAs === null ? '' : ` (the last one is ${closedAs})`;
  return `no watch of the connectivity of cluster ${cluster} runs${last}; check that the starter runs and that connectivity.enabled is true`;
}

/** A script that reads JSON gets some in any case. */
function withoutStatus(
  answer: Exclude<StatusAnswer<unknown>, { kind: 'status' }>,
  { format, cluster, reason }: { format: ConnectivityFormat; cluster: string; reason: string },
): string {
  if (format !== 'json') return '';
  const state = answer.kind === 'silent' ? answer.lastState : null;
  return `${JSON.stringify({ cluster, state, running: answer.kind === 'silent', reason }, null, 2)}\n`;
}
