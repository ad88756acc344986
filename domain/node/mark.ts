/** What the mark of a healed node is worth: whether it was proven for this node, its machine and its boot. */

/**
 * `proven`: our proof names this node, machine and boot. `no-proof`: set by hand, by cops-vigilante or by a release that
 * wrote no proof. `other-node`: copied from another node. `other-machine`, `other-boot`: the machine under the node was
 * replaced, or restarted, since.
 */
export const MARK_STANDINGS = ['proven', 'no-proof', 'other-node', 'other-machine', 'other-boot'] as const;
export type MarkStanding = (typeof MARK_STANDINGS)[number];

/** What a node shows of its mark; `withdrawn`: a proof was left behind where the mark is gone. */
export type NodeMark = MarkStanding | 'withdrawn';

/** Whether a mark that is not proven counts as healed (`believe`), or the node is healed again (`heal`). */
export const FOREIGN_MARK_POLICIES = ['believe', 'heal'] as const;
export type ForeignMarkPolicy = (typeof FOREIGN_MARK_POLICIES)[number];

/** Which node, machine and boot something is true for; empty where the kubelet does not say. */
export interface MachineIdentity {
  readonly uid: string;
  /** `status.nodeInfo.systemUUID`. */
  readonly machine: string;
  /** `status.nodeInfo.bootID`. On Windows it is a counter, so it means nothing without the machine. */
  readonly boot: string;
}

/** What a marked node's proof says about it. */
export function markStanding(proof: MachineIdentity | null, node: MachineIdentity): MarkStanding {
  if (proof === null) return 'no-proof';
  if (proof.uid !== node.uid) return 'other-node';
  if (differ(proof.machine, node.machine)) return 'other-machine';
  return differ(proof.boot, node.boot) ? 'other-boot' : 'proven';
}

/** Whether the mark was set by others, or for another boot or machine than this one. */
export function isForeignMark(mark: NodeMark | undefined): mark is Exclude<MarkStanding, 'proven'> {
  return mark !== undefined && mark !== 'proven' && mark !== 'withdrawn';
}

const STANDING_WORDS: Readonly<Record<MarkStanding, string>> = {
  proven: 'its proof is for this machine',
  'no-proof':
    'it has no proof of ours: it was set by hand, by cops-vigilante or by an older release, or was there from the start',
  'other-node': 'its proof is for another node',
  'other-machine': 'its proof is for another machine under this node',
  'other-boot': 'its proof is for the machine before it was started again',
};

export function describeStanding(standing: MarkStanding): string {
  return STANDING_WORDS[standing];
}

/** Message of the Event `ForeignMark`, which the starter writes, and the worker in mid-heal. */
export function describeForeignMark(found: {
  readonly annotation: string;
  readonly mark: MarkStanding;
  readonly policy: ForeignMarkPolicy;
}): string {
  const { annotation, mark, policy } = found;
  const consequence =
    policy === 'heal'
      ? 'The node is healed again (healing.foreignMark: heal).'
      : 'It is believed (healing.foreignMark: believe). To heal the node again: vigilante heal.';
  return `${annotation} is true, but ${describeStanding(mark)}. ${consequence}`;
}

/** Makes the name of the Event: one for each boot of a machine, whoever writes it. */
export function foreignMarkKey(facts: { readonly mark?: NodeMark; readonly boot?: string }): string {
  return `mark/${facts.mark ?? ''}/${facts.boot ?? ''}`;
}

/** A fact that one of the two lacks cannot differ. */
function differ(one: string, other: string): boolean {
  return one !== '' && other !== '' && one !== other;
}
