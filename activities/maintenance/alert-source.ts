/** What answers whether alerts fire: Prometheus or Alertmanager. What it cannot say is an answer, too. */

import { log } from '@temporalio/activity';
import { type Check, isRecord, parsed } from '../../contracts/shape.ts';
import { cutText } from '../../domain/cut-text.ts';
import { messageOf } from '../../domain/error-message.ts';
import type { AlertRules, AlertVerdict } from '../../domain/maintenance/alert-gate.ts';
import type { AlertSpan } from '../../domain/maintenance/alert-minutes.ts';

export interface AlertSource {
  /** About the whole time since then, where the source knows more than the moment. Never throws. */
  verdict(sinceMs: number, signal: AbortSignal): Promise<AlertVerdict>;
  /** What each minute since then was, as far back as it answers for; it may begin earlier. Never throws. */
  minutes(sinceMs: number, signal: AbortSignal): Promise<AlertMinutes>;
  /** Knows only of the moment in which it is asked: ask once a minute. */
  readonly isOfMoments: boolean;
}

/** `unknown`: no answer. */
export type AlertMinutes = { readonly kind: 'known'; readonly spans: readonly AlertSpan[] } | Unknown;
type Unknown = Extract<AlertVerdict, { kind: 'unknown' }>;

export interface AlertSourceDeps {
  readonly client: {
    /** Where it asks, for people. */
    readonly url: string;
    /** Throws where no answer came. */
    ask(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: unknown }>;
  };
  readonly rules: AlertRules;
  readonly now: () => number;
}

/** For all questions of one look. */
const LOOK_TIMEOUT_MS = 15_000;
const MESSAGE_LENGTH_MAX = 300;
const HTTP_OK = 200;

/** Runs a look in bounded time; an error in it becomes `unknown`. */
export async function knownOrNot<T>(
  { client }: AlertSourceDeps,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T | Unknown> {
  const timeout = AbortSignal.timeout(LOOK_TIMEOUT_MS);
  try {
    return await look(AbortSignal.any([timeout, signal]));
  } catch (error) {
    const why = timeout.aborted ? `no answer in ${LOOK_TIMEOUT_MS / 1_000} s` : messageOf(error);
    const message = cutText(`${client.url}: ${why}`, MESSAGE_LENGTH_MAX);
    log.warn('whether alerts fire is not known', { problem: message });
    return { kind: 'unknown', message };
  }
}

/** The answer to one question; throws where it is another than 200 or not of this shape. */
export async function answerOf<T>(
  { client }: Pick<AlertSourceDeps, 'client'>,
  { path, signal, check }: { readonly path: string; readonly signal: AbortSignal; readonly check: Check<T> },
): Promise<T> {
  const [name = path] = path.split('?');
  const { status, body } = await client.ask(path, signal);
  if (status !== HTTP_OK) {
    const said = isRecord(body) && typeof body['error'] === 'string' ? `: ${body['error']}` : '';
    throw new Error(`${name} answered ${status}${said}`);
  }
  const found = parsed(body, check, 'answer');
  if (!found.ok) throw new Error(`${name} gave a wrong answer: ${found.problems.join('; ')}`);
  return found.value;
}
