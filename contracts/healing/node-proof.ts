/**
 * The annotation `vigilante-snat-proof`: for which node, machine and boot the mark of a healed node is true.
 *
 * One line of JSON, written in one patch with the mark. It is no signature: who may annotate nodes can write it as well.
 */

import type { MachineIdentity } from '../../domain/node/mark.ts';
import { isRecord } from '../shape.ts';

export interface NodeProof extends Required<MachineIdentity> {
  /** When the mark was written, in ISO 8601. */
  readonly at: string;
  /** Pods of the last window that proved their network, and all of them. */
  readonly proven: number;
  readonly attempts: number;
  /** What a pod had to show: `healing.evidence` of the heal. */
  readonly evidence: string;
  /** Run of the workflow that wrote it. */
  readonly run: string;
}

const VERSION = 1;
/** The admission policy allows no longer one, so a longer one is not ours. */
export const PROOF_LENGTH_MAX = 2_048;
/** The kubelet reports texts of any length; cut on both sides before they are compared. */
const TEXT_LENGTH_MAX = 128;

const RETURNS_KEY = 'taintReturns';

export function formatNodeProof(proof: NodeProof): string {
  const texts = Object.entries(proof).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' ? cutFact(value) : value,
  ]);
  return JSON.stringify({ v: VERSION, ...Object.fromEntries(texts) });
}

/**
 * The identity in the annotation; null where it is no proof of ours. A newer release may add keys, and may count the
 * version up, as long as the first three keep their meaning; the others may be missing.
 */
export function parseNodeProof(annotation: string | undefined): MachineIdentity | null {
  if (annotation === undefined || annotation.length > PROOF_LENGTH_MAX) return null;
  const found = parseJson(annotation);
  if (!isRecord(found) || typeof found['v'] !== 'number') return null;
  const { uid, machine, boot } = found;
  if (typeof uid !== 'string' || uid === '') return null;
  if (typeof machine !== 'string' || typeof boot !== 'string') return null;
  const text = (key: string) => (typeof found[key] === 'string' ? found[key] : '');
  return { uid, machine, boot, kernel: text('kernel'), os: text('os'), image: text('image'), ready: text('ready') };
}

/** When a proof of ours was written, in milliseconds since 1970; null where it does not say. */
export function proofTimeMs(annotation: string | undefined): number | null {
  if (annotation === undefined || parseNodeProof(annotation) === null) return null;
  const found = parseJson(annotation);
  const at = isRecord(found) ? found['at'] : null;
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** How often the startup taint was removed again under this proof (E30). */
export function taintReturns(annotation: string): number {
  const found = parseJson(annotation);
  const count = isRecord(found) ? found[RETURNS_KEY] : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** The same proof with another count. What a newer release wrote into it is kept. */
export function withTaintReturns(annotation: string, count: number): string {
  const found = parseJson(annotation);
  return isRecord(found) ? JSON.stringify({ ...found, [RETURNS_KEY]: count }) : annotation;
}

/** Bounds a fact of a node for the proof. */
export function cutFact(value: string): string {
  return value.slice(0, TEXT_LENGTH_MAX);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
