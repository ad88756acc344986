/** Whether the panels of the dashboard have data in the Prometheus of the project. */

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type DashboardQuery, dashboardQueries } from '../integration/alerts/dashboard-file.ts';

/** What Grafana takes for scrapes every 15 s. */
const RATE_INTERVAL = '1m';
const STEP_SECONDS = 15;
const POLL_MS = 5_000;
/** The project has no endpoint, no startup taint and no maintainer, so these are empty: they are shown by the tests of the sandbox. */
const OF_WHAT_IS_OFF =
  /vigilante_(source_answers|echo_reachable|probe_turnaround|refuted_|startup_taint|maintenance_|reboots_|upgrade_|soak_|versions)/;

const RangeSchema = z.object({
  data: z.object({ result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
});

export interface PanelsOfRun {
  readonly withData: readonly DashboardQuery[];
  readonly withoutData: readonly DashboardQuery[];
}

/** Asks again until all have data or the time is over. Data is a number at some moment since `sinceMs`. */
export async function askPanels(
  prometheus: string,
  { sinceMs, timeoutMs }: { sinceMs: number; timeoutMs: number },
): Promise<PanelsOfRun> {
  const queries = dashboardQueries(RATE_INTERVAL).filter(({ expr }) => !OF_WHAT_IS_OFF.test(expr));
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const answers = await Promise.all(
      queries.map(async (query) => ({ query, found: await hasData(prometheus, query.expr, sinceMs) })),
    );
    const withoutData = answers.filter(({ found }) => !found).map(({ query }) => query);
    if (withoutData.length === 0 || Date.now() >= deadlineMs) {
      return { withData: answers.filter(({ found }) => found).map(({ query }) => query), withoutData };
    }
    await sleep(POLL_MS);
  }
}

async function hasData(prometheus: string, query: string, sinceMs: number): Promise<boolean> {
  const answer = await fetch(`${prometheus}/api/v1/query_range`, {
    method: 'POST',
    body: new URLSearchParams({
      query,
      start: String(sinceMs / 1_000),
      end: String(Date.now() / 1_000),
      step: String(STEP_SECONDS),
    }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`Prometheus answers ${answer.status} to ${query}: ${text}`);
  const { data } = RangeSchema.parse(JSON.parse(text));
  return data.result.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
}
