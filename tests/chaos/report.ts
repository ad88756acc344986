/** What a run prints at its end. */

import { type Finding, INVARIANTS, type Violation } from './finding.ts';
import type { ChaosOptions, ChaosResult } from './run-chaos.ts';
import { timelineLine } from './timeline.ts';

const VIOLATIONS_TOLD_MAX = 10;
/** How much of the timeline is told around a violation. */
const AROUND_MS = 45_000;

export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ violations, checked }) => violations.length > 0 || checked === 0);
}

export function summary(result: ChaosResult): string {
  const { facts, lives, faults, timeline, requestsHit, ownEnds, secondsTaken } = result;
  const heals = facts.runs.filter(({ node }) => node !== null);
  const outcomes = countBy(heals.map(({ status, outcome }) => outcome ?? status.toLowerCase()));
  const proven = lives.filter(({ proven: isProven }) => isProven).length;
  const replayed = heals.filter(({ hasPatch }) => hasPatch).length;
  return [
    '',
    `faults: ${listed(faults)}; ${requestsHit} requests refused, held or cut; ${ownEnds} processes ended by themselves`,
    `heals: ${listed(outcomes)}; ${replayed} went on with newer workflows`,
    `attempts: ${lives.length} pods, ${proven} of them proved their network`,
    `reports: ${listed(facts.answers)} by status; without token: ${listed(facts.withoutToken)}`,
    `time: ${secondsTaken.toFixed(0)} s, ${timeline.disturbances.length} disturbances, ${facts.events.length} requests in the audit log`,
    '',
    ...result.findings.map(findingLine),
  ].join('\n');
}

function findingLine({ invariant, checked, of, violations }: Finding): string {
  const verdict =
    violations.length > 0 ? `${violations.length} VIOLATIONS` : checked === 0 ? 'CHECKED NOTHING' : 'holds';
  return `(${invariant}) ${INVARIANTS[invariant]}: ${verdict}; checked ${checked} ${of}`;
}

/** All violations, the seed, how to run it again; then what happened around each of them. */
export function violationReport(result: ChaosResult, options: ChaosOptions): string {
  const told = result.findings.flatMap(({ invariant, violations }) =>
    violations.slice(0, VIOLATIONS_TOLD_MAX).map((violation) => {
      const headline = `VIOLATION (${invariant}) ${violation.node === null ? '' : `${violation.node}: `}${violation.what}`;
      return { headline, around: ['', headline, ...around(result, violation)] };
    }),
  );
  const again = `seed ${options.seed}; again: ${commandOf(options)}`;
  return ['', ...told.map(({ headline }) => headline), '', again, ...told.flatMap((one) => one.around)].join('\n');
}

export function commandOf({ seed, evidence, minutes, nodes, breakName }: ChaosOptions): string {
  const proof = evidence === 'sandbox' ? '' : ` --evidence ${evidence}`;
  const broken = breakName === null ? '' : ` --break ${breakName}`;
  return `npm run chaos -- --seed ${seed} --minutes ${minutes} --nodes ${nodes}${proof}${broken}`;
}

function around({ timeline, lives, facts }: ChaosResult, { node, atMs }: Violation): readonly string[] {
  const near = timeline.entries.filter(
    (entry) => Math.abs(entry.atMs - atMs) <= AROUND_MS && (entry.node === null || entry.node === node),
  );
  const pods = lives
    .filter((life) => life.node === node && Math.abs(life.createdMs - atMs) <= AROUND_MS)
    .map(({ createdMs, goneMs, attempt, proven }) => {
      const until = goneMs === null ? 'is there' : `was there for ${goneMs - createdMs} ms`;
      return { atMs: createdMs, node, text: `pod of attempt ${attempt} ${until}${proven ? ', proved' : ''}` };
    });
  const runs = facts.runs
    .filter((run) => run.node !== null && run.node === node)
    .flatMap((run) => [
      { atMs: run.startedMs, node, text: `heal starts (run ${run.runId})` },
      ...run.begins.map(({ completedMs }) => ({ atMs: completedMs, node, text: 'heal has begun' })),
      ...run.annotations.map((scheduledMs) => ({ atMs: scheduledMs, node, text: 'heal asks to annotate' })),
      { atMs: run.lastEventMs, node, text: `heal: last event, ${run.outcome ?? run.status}` },
    ]);
  return [...near, ...pods, ...runs]
    .toSorted((one, other) => one.atMs - other.atMs)
    .map((entry) => timelineLine(entry, timeline.beganMs));
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function listed(counts: ReadonlyMap<string | number, number>): string {
  const entries = [...counts].toSorted(([one], [other]) => String(one).localeCompare(String(other)));
  return entries.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}
