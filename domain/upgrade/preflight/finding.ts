/** What a check found, as its result: the worst finding counts, and what the configuration accepts does not block (M7). */

import { cutText } from '../../cut-text.ts';
import type { CheckName, CheckResult } from '../check.ts';

export interface Finding {
  readonly answer: 'warn' | 'block' | 'unknown';
  /** Name of what was found, such as `kube-system/web`: what `maintenance.accept` names. */
  readonly object: string;
  /** A sentence without the name. */
  readonly detail: string;
}

/** Of the configuration: findings of a check that do not block, until then. */
export interface Acceptance {
  readonly check: CheckName;
  /** Null: whatever it finds. */
  readonly objects: readonly string[] | null;
  readonly reason: string;
  readonly untilMs: number;
}

export interface CheckContext {
  readonly accept: readonly Acceptance[];
  readonly nowMs: number;
}

const OBJECTS_MAX = 200;
const SENTENCES_MAX = 20;
const DETAIL_LENGTH_MAX = 2_000;
const SEVERITY = { block: 0, unknown: 1, warn: 2 } as const;

/** `fine`: what is said where nothing was found. */
export function checkResult(
  check: CheckName,
  { findings, fine }: { readonly findings: readonly Finding[]; readonly fine: string },
  context: CheckContext,
): CheckResult {
  const sorted = findings.toSorted((a, b) => SEVERITY[a.answer] - SEVERITY[b.answer]);
  const objects = [...new Set(sorted.map(({ object }) => object))];
  return {
    check,
    answer: sorted[0]?.answer ?? 'ok',
    objects: objects.slice(0, OBJECTS_MAX),
    detail: sorted.length === 0 ? fine : detailOf(sorted),
    accepted: accepted(check, sorted, context),
  };
}

function detailOf(findings: readonly Finding[]): string {
  const sentences = findings.slice(0, SENTENCES_MAX).map(({ object, detail }) => `${object}: ${detail}`);
  const rest = findings.length - sentences.length;
  return cutText([...sentences, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; '), DETAIL_LENGTH_MAX);
}

/** Every blocking object must be named by an acceptance that has not ended; several may share them. */
function accepted(
  check: CheckName,
  findings: readonly Finding[],
  { accept, nowMs }: CheckContext,
): CheckResult['accepted'] {
  const blocking = new Set(findings.filter(({ answer }) => answer !== 'warn').map(({ object }) => object));
  if (blocking.size === 0) return null;
  const valid = accept.filter((one) => one.check === check && nowMs < one.untilMs);
  const used = valid.filter(({ objects }) => objects === null || objects.some((object) => blocking.has(object)));
  const isCovered = [...blocking].every((object) =>
    used.some(({ objects }) => objects === null || objects.includes(object)),
  );
  if (!isCovered) return null;
  return {
    reason: [...new Set(used.map(({ reason }) => reason))].join('; '),
    untilMs: Math.min(...used.map(({ untilMs }) => untilMs)),
  };
}
