/**
 * Judges one heal by its witnesses: the capture on the host of the echo for what a pod's packets showed, and the audit
 * log for the mark. Pure, so that its tests need no node.
 */

/** A connection that reached the host of the echo. Times in milliseconds since 1970. */
export interface Arrival {
  readonly atMs: number;
  readonly source: string;
}

export interface PodFacts {
  readonly name: string;
  readonly createdMs: number;
  /** When the DELETE was answered; null for a pod that is there. */
  readonly deletedMs: number | null;
  /** As its last status shows them. */
  readonly addresses: readonly string[];
  /** What the heal made of it; null where it was not judged. */
  readonly verdict: 'proven' | 'refuted' | 'silent' | null;
}

export interface HealFacts {
  /** What its SNAT shows. */
  readonly nodeAddress: string;
  /** The last write of the cure: containerd reads the cured file only after it. */
  readonly curedMs: number;
  /** Each accepted write of the mark. */
  readonly marksMs: readonly number[];
  /** Of this heal, in the order of their creation. */
  readonly pods: readonly PodFacts[];
  /** Of all nodes. */
  readonly arrivals: readonly Arrival[];
}

export interface HealRules {
  /** Pods that a mark needs. */
  readonly proofsMin: number;
  /** How long after the cure the mark may come (E20); null for any time. */
  readonly markWithinMs?: number | null;
}

/** What is wrong, a line each; none where all is as it must be. */
export function healViolations(facts: HealFacts, { proofsMin, markWithinMs = null }: HealRules): readonly string[] {
  const { marksMs, pods } = facts;
  const [markMs, ...more] = marksMs;
  return [
    ...(markMs === undefined ? ['the node was not marked'] : markViolations(facts, markMs, proofsMin)),
    ...(markMs === undefined || markWithinMs === null ? [] : lateness(markMs - facts.curedMs, markWithinMs)),
    ...(more.length > 0 ? [`the node was marked ${marksMs.length} times`] : []),
    ...pods.flatMap((pod) => podViolations(facts, pod)),
    ...pods.flatMap((pod, index) => overlapOf(pod, pods[index - 1])),
  ];
}

/** (4) of E57. */
function lateness(afterMs: number, withinMs: number): string[] {
  return afterMs > withinMs ? [`the mark came ${afterMs} ms after the cure, ${withinMs} ms are allowed`] : [];
}

/** (1) and (2) of E57. */
function markViolations(facts: HealFacts, markMs: number, proofsMin: number): string[] {
  const { curedMs, pods } = facts;
  const problems: string[] = [];
  if (markMs < curedMs) problems.push(`the mark came ${curedMs - markMs} ms before the cure`);
  const before = pods.filter(({ createdMs }) => createdMs < markMs);
  const proofs = before.flatMap((pod) => arrivalsOf(facts, pod).own).filter(({ atMs }) => atMs >= curedMs);
  if (!proofs.some(({ atMs }) => atMs < markMs)) {
    problems.push('the mark came before any packet with the address of a healing pod');
  }
  // A pod that sent nothing is no proof, and none against.
  const sending = before.filter((pod) => Object.values(arrivalsOf(facts, pod)).flat().length > 0);
  const last = sending.slice(-proofsMin);
  if (last.length < proofsMin) problems.push(`only ${last.length} pods sent anything before the mark`);
  for (const pod of last) {
    const { own, ofNode } = arrivalsOf(facts, pod);
    if (own.length === 0 || ofNode.length > 0) {
      problems.push(`${pod.name}, one of the last ${proofsMin} before the mark, showed the address of the node`);
    }
  }
  return problems;
}

/** (3) of E57, and its counterpart: a pod is refuted only for what it showed. */
function podViolations(facts: HealFacts, pod: PodFacts): string[] {
  const { own, ofNode } = arrivalsOf(facts, pod);
  if (pod.verdict === 'proven' && ofNode.length > 0)
    return [`${pod.name} counts as proof, but showed its node's address`];
  if (pod.verdict === 'proven' && own.length === 0) return [`${pod.name} counts as proof, but sent nothing of its own`];
  if (pod.verdict === 'refuted' && ofNode.length === 0)
    return [`${pod.name} is refuted, but never showed its node's address`];
  return [];
}

/** Each pod is made after the one before has ended (E17). */
function overlapOf(pod: PodFacts, before: PodFacts | undefined): string[] {
  if (before === undefined || (before.deletedMs !== null && before.deletedMs <= pod.createdMs)) return [];
  return [`${pod.name} was made while ${before.name} was there`];
}

/** A packet with the node's address belongs to the pod that was there, because a heal has one at a time. */
function arrivalsOf(
  { arrivals, nodeAddress }: HealFacts,
  { createdMs, deletedMs, addresses }: PodFacts,
): { readonly own: readonly Arrival[]; readonly ofNode: readonly Arrival[] } {
  const during = arrivals.filter(({ atMs }) => atMs >= createdMs && (deletedMs === null || atMs <= deletedMs));
  return {
    own: during.filter(({ source }) => addresses.includes(source)),
    ofNode: during.filter(({ source }) => source === nodeAddress),
  };
}
