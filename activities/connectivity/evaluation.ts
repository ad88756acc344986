/** Asks the collector for its verdict, a few times within a bounded time; what it cannot say is an answer, too. */

import { Context } from '@temporalio/activity';

import type { EvaluateConnectivityInput } from '../../contracts/connectivity/activities.ts';
import { parseCollectorError, parseConnectivityVerdict } from '../../contracts/connectivity/parser.ts';
import type { ConnectivityVerdict, Evaluation } from '../../contracts/connectivity/watch-connectivity.ts';
import { cutText } from '../../domain/cut-text.ts';
import { pause } from '../../kubernetes/client/pause.ts';
import type { CollectorAnswer, ConnectivityActivityDeps } from './deps.ts';

type Reply =
  | { readonly kind: 'verdict'; readonly verdict: ConnectivityVerdict }
  /** `final`: asking again at once would bring the same. */
  | { readonly kind: 'none'; readonly message: string; readonly final: boolean };

const TRIES_MAX = 3;
const PAUSE_SHARE = 0.1;
const HTTP_OK = 200;
const HTTP_SERVER_ERROR = 500;

export async function evaluateConnectivity(
  deps: Pick<ConnectivityActivityDeps, 'collector' | 'onEvaluation'>,
  input: EvaluateConnectivityInput,
): Promise<Evaluation> {
  const reply = await askInTime(deps.collector, input.timeoutMs);
  const { state, intervalMs } = input;
  if (reply.kind === 'verdict') {
    deps.onEvaluation?.({ result: reply.verdict.ok ? 'ok' : 'failing', state, intervalMs });
    return reply;
  }
  deps.onEvaluation?.({ result: 'unavailable', state, intervalMs });
  return { kind: 'unavailable', atMs: Date.now(), message: reply.message };
}

async function askInTime(collector: ConnectivityActivityDeps['collector'], timeoutMs: number): Promise<Reply> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), Context.current().cancellationSignal]);
  let reply: Reply = { kind: 'none', message: `the collector at ${collector.url} was not asked`, final: false };
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    reply = await askOnce(collector, { timeoutMs, signal });
    if (reply.kind === 'verdict' || reply.final || signal.aborted || tries === TRIES_MAX) return reply;
    // Ends early when the time is over: then this reply is the last.
    await pause(timeoutMs * PAUSE_SHARE, signal);
    if (signal.aborted) return reply;
  }
  return reply;
}

async function askOnce(
  collector: ConnectivityActivityDeps['collector'],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Reply> {
  const answer = await answerOf(collector, signal);
  if (answer instanceof Error) {
    const why = signal.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(answer);
    return none(`the collector at ${collector.url} cannot be asked: ${why}`, false);
  }
  const { status, body } = answer;
  if (status !== HTTP_OK) {
    const words = parseCollectorError(body);
    return none(
      `the collector at ${collector.url} answered ${status}${words === null ? '' : `: ${words}`}`,
      status < HTTP_SERVER_ERROR,
    );
  }
  const parsed = parseConnectivityVerdict(body);
  if (parsed.ok) return { kind: 'verdict', verdict: parsed.value };
  return none(`the answer of the collector at ${collector.url} is no verdict: ${parsed.problems.join('; ')}`, true);
}

async function answerOf(
  collector: ConnectivityActivityDeps['collector'],
  signal: AbortSignal,
): Promise<CollectorAnswer | Error> {
  try {
    return await collector.ask(signal);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Texts from outside are bounded: they are kept in every history. */
const MESSAGE_LENGTH_MAX = 500;

function none(message: string, final: boolean): Reply {
  return { kind: 'none', message: cutText(message, MESSAGE_LENGTH_MAX), final };
}

/** A failed connection says why only in its cause. */
function reasonOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}
