/** What the watches of connectivity and privileges say, as findings of the checks before an upgrade. */

import { parseConnectivityVerdict } from '../contracts/connectivity/parser.ts';
import { isDrift } from '../domain/privileges/judgement.ts';
import type { Finding } from '../domain/upgrade/preflight/finding.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';
import type { PrivilegesWatch } from '../temporal/privileges/watch.ts';

const TIMEOUT_MS = 30_000;
const HTTP_OK = 200;

/** Rejects where there is no verdict. */
export async function connectivityFindings({
  ask,
  url,
}: Pick<CollectorClient, 'ask' | 'url'>): Promise<readonly Finding[]> {
  const { status, body } = await ask(AbortSignal.timeout(TIMEOUT_MS));
  if (status !== HTTP_OK) throw new Error(`the collector at ${url} answered ${status}`);
  const found = parseConnectivityVerdict(body);
  if (!found.ok) throw new Error(`the answer of the collector at ${url} is no verdict: ${found.problems.join('; ')}`);
  const { ok, failing, counts } = found.value;
  const named = failing.map(
    ({ agent, node, detail }): Finding => ({ answer: 'block', object: node ?? agent, detail: `${agent}: ${detail}` }),
  );
  if (ok || named.length > 0) return named;
  const detail = `${counts.absent} are absent, ${counts.outdated} report too seldom`;
  return [{ answer: 'block', object: 'agents', detail }];
}

/** Rejects where the watch cannot be asked. */
export async function privilegesFindings({ ask }: Pick<PrivilegesWatch, 'ask'>): Promise<readonly Finding[]> {
  const answer = await ask();
  const report = answer.kind === 'status' ? answer.status.report : null;
  if (answer.kind !== 'status' || report === null || answer.status.unavailable !== null) {
    const detail =
      answer.kind === 'status' ? (answer.status.unavailable ?? 'there is no report yet') : 'it does not run';
    return [{ answer: 'unknown', object: 'watchPrivileges', detail }];
  }
  return report.rows.flatMap(({ namespace, workload, container, judgement, findings }): readonly Finding[] => {
    if (!isDrift(judgement)) return [];
    const object = [namespace, workload, container].filter((part) => part !== null).join('/');
    return [{ answer: 'block', object, detail: `${judgement}: ${findings.join(', ')}` }];
  });
}
