/** One line that says what the collector thinks of the agents. */

import { z } from 'zod';
import { VERDICT_PATH } from '../../contracts/connectivity/agent-report.ts';

/** A collector that is busy or gone must not stop the display. */
const ANSWER_TIMEOUT_MS = 1_000;
const NAMES_MAX = 5;
const REASON_LENGTH_MAX = 200;

const AgentSchema = z.object({ agent: z.string(), failure: z.string(), suppressedBy: z.string().nullable() });
const VerdictSchema = z.object({
  ok: z.boolean(),
  counts: z.object({
    expected: z.number(),
    reporting: z.number(),
    absent: z.number(),
    outdated: z.number(),
    suppressed: z.number(),
    conflicting: z.number(),
  }),
  failing: z.array(AgentSchema),
  suppressed: z.array(AgentSchema),
});
type Verdict = z.infer<typeof VerdictSchema>;

/** Without what changes every second. Never rejects: why there is no verdict is said as well. */
export async function connectivityLine(collectorUrl: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const answer = await fetch(`${collectorUrl}${VERDICT_PATH}`, { signal });
    const text = await answer.text();
    if (answer.status !== 200) return noVerdict(`the collector answers ${answer.status}: ${text}`);
    return verdictLine(VerdictSchema.parse(JSON.parse(text)));
  } catch (error) {
    return noVerdict(reasonOf(error));
  }
}

function noVerdict(reason: string): string {
  return `connectivity: no verdict: ${reason.replace(/\s+/g, ' ').trim().slice(0, REASON_LENGTH_MAX)}`;
}

/** The reason of a failed `fetch` is in the cause. By their shape: `fetch` makes errors of another realm in a test. */
function reasonOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : null;
  return messageIn(cause) ?? messageIn(error) ?? String(error);
}

function messageIn(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  return typeof error.message === 'string' && error.message !== '' ? error.message : null;
}

function verdictLine({ ok, counts, failing, suppressed }: Verdict): string {
  const { expected, reporting } = counts;
  if (expected === 0) return 'connectivity: no agent is expected yet';
  const reasons = [...new Set(suppressed.map(({ suppressedBy }) => suppressedBy))].filter((one) => one !== null);
  const parts = [
    `connectivity: ${ok ? 'ok' : 'FAILING'}, ${reporting} of ${expected} agents report`,
    ...failurePart('absent', counts.absent, failing),
    ...failurePart('outdated', counts.outdated, failing),
    ...(counts.suppressed === 0 ? [] : [`${counts.suppressed} suppressed (${reasons.toSorted().join(', ')})`]),
    ...(counts.conflicting === 0 ? [] : [`${counts.conflicting} from another node than their pod's`]),
  ];
  return parts.join('; ');
}

function failurePart(kind: 'absent' | 'outdated', count: number, failing: Verdict['failing']): readonly string[] {
  if (count === 0) return [];
  const names = failing.filter(({ failure }) => failure === kind).map(({ agent }) => agent);
  const shown = names.slice(0, NAMES_MAX);
  const more = count > shown.length ? ` and ${count - shown.length} more` : '';
  return [`${kind}: ${shown.join(', ')}${more}`];
}
