/** What the routes of the collector work with, put together by the process or by a test. */

import type { ProcessPages } from '../runtime/http-server.ts';
import type { Log } from '../runtime/log.ts';
import type { RateLimit } from '../runtime/rate-limit.ts';
import type { AgentHistory } from './api/agent-history.ts';
import type { Authentication } from './authentication/authentication.ts';
import type { CollectorMetrics } from './collector-metrics.ts';
import type { AgentRegistry } from './reports/agent-registry.ts';
import type { ReportClock } from './reports/clock.ts';
import type { ReportLimits } from './reports/parser.ts';
import type { Judging } from './verdict/verdict.ts';

export interface CollectorParts {
  readonly registry: AgentRegistry;
  readonly judge: () => Judging;
  readonly history: AgentHistory;
  /** Null: reports are taken from anybody. */
  readonly authentication: Authentication | null;
  readonly rateLimit: RateLimit;
  readonly metrics: CollectorMetrics;
  readonly pages: ProcessPages;
  /** The metrics of each agent, which follow those of the process; null: they are not served. */
  readonly agentPage: (() => AsyncIterable<string>) | null;
  readonly rules: CollectorRules;
  readonly log: Log;
  readonly clock: ReportClock;
}

export interface CollectorRules extends ReportLimits {
  readonly bodyBytesMax: number;
  /** The original's check fails for agents that have an excuse, too. */
  readonly strictCheck: boolean;
  /** With custom resources the original's lists are empty in a failed check, with etcd the one of outdated agents is null. */
  readonly outdatedMayBeNull: boolean;
}
