/** What happened when in an HTTP exchange, and the times of its phases made of that. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Milliseconds with fractions; 0 for a phase that was not reached. As go-httpstat has them: `connectMs` is without TLS. */
export interface Phases {
  readonly lookupMs: number;
  readonly tcpMs: number;
  /** Lookup and TCP connection. */
  readonly connectMs: number;
  /** From the request being sent to the first byte of the answer. */
  readonly serverMs: number;
  readonly transferMs: number;
}

export interface Exchange {
  /** 0 where no answer came. */
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Null where the whole answer came. */
  readonly error: string | null;
  readonly phases: Phases;
  /** By `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** What has happened so far. Times by `performance.now()`. */
export interface Course {
  startedMs: number;
  lookedUpMs: number | null;
  connectedMs: number | null;
  sentMs: number | null;
  firstByteMs: number | null;
  answer: IncomingMessage | null;
  body: string;
  bodyBytes: number;
  /** No more of it is wanted: that the connection is closed now is no error. */
  isEnough: boolean;
  error: string | null;
}

export function newCourse(): Course {
  return {
    startedMs: performance.now(),
    lookedUpMs: null,
    connectedMs: null,
    sentMs: null,
    firstByteMs: null,
    answer: null,
    body: '',
    bodyBytes: 0,
    isEnough: false,
    error: null,
  };
}

/** The exchange ends now. */
export function exchangeOf(course: Course): Exchange {
  const { startedMs, answer, body, connectedMs, firstByteMs } = course;
  const endedMs = performance.now();
  const lookedUpMs = course.lookedUpMs ?? startedMs;
  // An answer may come before the whole request is sent.
  const sentMs = Math.min(course.sentMs ?? Number.POSITIVE_INFINITY, firstByteMs ?? endedMs);
  return {
    code: answer?.statusCode ?? 0,
    headers: answer?.headers ?? {},
    body,
    error: course.error,
    startedMs,
    endedMs,
    phases: {
      lookupMs: lookedUpMs - startedMs,
      tcpMs: connectedMs === null ? 0 : connectedMs - lookedUpMs,
      connectMs: connectedMs === null ? 0 : connectedMs - startedMs,
      serverMs: firstByteMs === null ? 0 : firstByteMs - sentMs,
      transferMs: firstByteMs === null ? 0 : endedMs - firstByteMs,
    },
  };
}
