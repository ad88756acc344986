/** Sends one report to the collector and says what became of it. */

import { AGENTS_PATH } from '../contracts/connectivity/agent-report.ts';
import type { AccessFiles } from './access-files.ts';
import type { Exchange } from './exchange-course.ts';
import type { HostLookup } from './host-lookup.ts';
import { exchange } from './http-exchange.ts';
import { reasonOf } from './reason.ts';
import { parseRetryAfterMs, type SendOutcome } from './schedule.ts';

export interface ReportDestination {
  /** `scheme://host:port`. */
  readonly origin: string;
  readonly podName: string;
  readonly timeoutMs: number;
  readonly lookup: HostLookup;
  readonly access: AccessFiles;
}

/** Bytes of the collector's answer that are kept: enough to read what it does not like. */
const ANSWER_KEPT_MAX = 1_000;
const TOO_MANY_REQUESTS = 429;

export function reportUrl({ origin, podName }: Pick<ReportDestination, 'origin' | 'podName'>): string {
  return `${origin}${AGENTS_PATH}/${encodeURIComponent(podName)}`;
}

/** `body` is JSON. Never rejects. */
export async function sendReport(destination: ReportDestination, body: string): Promise<SendOutcome> {
  const { access, lookup, timeoutMs } = destination;
  let token: string | null;
  try {
    token = access.token();
  } catch (error) {
    return { kind: 'unavailable', message: `the token cannot be read: ${reasonOf(error)}`, retryAfterMs: null };
  }
  const answer = await exchange({
    url: new URL(reportUrl(destination)),
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
    body,
    ca: access.ca(),
    timeoutMs,
    bodyKeptMax: ANSWER_KEPT_MAX,
    lookup,
  });
  return outcomeOf(answer);
}

function outcomeOf(answer: Exchange): SendOutcome {
  const { code, error, headers, body } = answer;
  if (code === 0) return { kind: 'unavailable', message: error ?? 'no answer', retryAfterMs: null };
  if (code >= 200 && code < 300) return { kind: 'taken', code };
  const text = headers.location === undefined ? body.replaceAll(/\s+/g, ' ').trim() : `see ${headers.location}`;
  const message = text === '' ? `the collector answered ${code}` : `the collector answered ${code}: ${text}`;
  if (code !== TOO_MANY_REQUESTS && code < 500) return { kind: 'rejected', message };
  return { kind: 'unavailable', message, retryAfterMs: parseRetryAfterMs(headers['retry-after'], headers.date) };
}
