/** Asks Prometheus whether an API that goes was asked for in the look-back. */

import { messageOf } from '../../../domain/error-message.ts';
import { formatLabelMatcher } from '../../../domain/maintenance/label-matchers.ts';
import { apiName, type RequestedApi, type Requests } from '../../../domain/upgrade/preflight/removed-apis.ts';
import { type AlertSourceDeps, answerOf } from '../../maintenance/alert-source.ts';
import { vectorAnswer } from '../../maintenance/prometheus-answers.ts';

export interface PrometheusQuestions {
  readonly client: AlertSourceDeps['client'];
  readonly lookBackMs: number;
}

const TIMEOUT_MS = 30_000;

/** Never throws: what cannot be asked is unknown. By `apiName`. */
export async function requestsSeen(
  deps: PrometheusQuestions,
  apis: readonly RequestedApi[],
): Promise<ReadonlyMap<string, Requests>> {
  const found = await Promise.all(apis.map(async (api) => [apiName(api), await askRequests(deps, api)] as const));
  return new Map(found);
}

async function askRequests(deps: PrometheusQuestions, api: RequestedApi): Promise<Requests> {
  const labels = (['group', 'version', 'resource', 'subresource'] as const).map((label) =>
    formatLabelMatcher({ label, operator: '=', value: api[label] }),
  );
  const selector = `{${labels.join(',')}}`;
  try {
    // Without the gauge Prometheus does not look at the API servers, and that it knows no request says nothing.
    if (!(await hasResult(deps, `apiserver_requested_deprecated_apis${selector} == 1`))) {
      return { kind: 'unknown', detail: 'Prometheus does not have apiserver_requested_deprecated_apis of it' };
    }
    const series = `apiserver_request_total${selector}`;
    const span = `${Math.round(deps.lookBackMs / 1_000)}s`;
    // A series that began in the look-back has been asked for as well: its first request is no increase.
    const grown = `increase(${series}[${span}]) > 0`;
    const begun = `count_over_time(${series}[${span}]) unless ${series} offset ${span}`;
    return { kind: (await hasResult(deps, `(${grown}) or (${begun})`)) ? 'seen' : 'none' };
  } catch (error) {
    return { kind: 'unknown', detail: messageOf(error) };
  }
}

async function hasResult({ client }: PrometheusQuestions, query: string): Promise<boolean> {
  const path = `/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const answer = await answerOf({ client }, { path, signal: AbortSignal.timeout(TIMEOUT_MS), check: vectorAnswer });
  return answer.data.result.length > 0;
}
