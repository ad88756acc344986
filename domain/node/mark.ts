/** What the mark of a healed node is worth: whether it was proven for this node, its machine and its boot. */

/**
 * `proven`: our proof names this node, machine and boot. `no-proof`: set by hand, by cops-vigilante or by a release that
 * wrote no proof. `other-node`: copied from another node. `other-machine`, `other-boot`: the machine under the node was
 * replaced, or restarted, since. `other-image`: only its kernel, operating system or image. `not-ready`: the node was not
 * Ready since, which counts where a node is to be healed again for it.
 */
export const MARK_STANDINGS = [
  'proven',
  'no-proof',
  'other-node',
  'other-machine',
  'other-boot',
  'other-image',
  'not-ready',
] as const;
export type MarkStanding = (typeof MARK_STANDINGS)[number];

/** What a node shows of its mark; `withdrawn`: a proof was left behind where the mark is gone. */
export type NodeMark = MarkStanding | 'withdrawn';

/** Whether a mark that is not proven counts as healed (`believe`), or the node is healed again (`heal`). */
export const FOREIGN_MARK_POLICIES = ['believe', 'heal'] as const;
export type ForeignMarkPolicy = (typeof FOREIGN_MARK_POLICIES)[number];

export const REHEAL_REASONS = ['machine', 'boot', 'image', 'not-ready'] as const;
/** What changed since the mark, so that a node is healed again where the configuration lists it (E26). */
export type RehealReason = (typeof REHEAL_REASONS)[number];

/** What something is true for; empty where the kubelet does not say, or an older release did not write it down. */
export interface MachineIdentity {
  readonly uid: string;
  /** `status.nodeInfo.systemUUID`. */
  readonly machine: string;
  /** `status.nodeInfo.bootID`. On Windows it is a counter, so it means nothing without the machine. */
  readonly boot: string;
  /** `status.nodeInfo.kernelVersion` and `osImage`, and the label `kubernetes.azure.com/node-image-version`. */
  readonly kernel?: string;
  readonly os?: string;
  readonly image?: string;
  /** When the condition Ready last changed, as the node says it. */
  readonly ready?: string;
}

export interface MarkPolicy {
  /** Default `believe`. */
  readonly foreignMark?: ForeignMarkPolicy;
  /** Default: none. */
  readonly reheal?: readonly RehealReason[];
}

export interface JudgedMark {
  readonly standing: MarkStanding;
  /** Whether the node counts as healed. */
  readonly counts: boolean;
}

/** What a marked node's proof says about it, and whether that is enough (H10, E26). */
export function judgeMark(
  proof: MachineIdentity | null,
  node: MachineIdentity,
  { foreignMark = 'believe', reheal = [] }: MarkPolicy = {},
): JudgedMark {
  const changes = proof === null ? [] : changesSince(proof, node);
  const standing = standingOf(proof, node, changes, reheal);
  const isBelieved = foreignMark === 'believe' || !NEVER_PROVEN.includes(standing);
  return { standing, counts: isBelieved && !changes.some((change) => reheal.includes(change)) };
}

/** What `foreignMark: heal` is about; the other changes count where `reheal` lists them. */
const NEVER_PROVEN: readonly MarkStanding[] = ['no-proof', 'other-node', 'other-machine', 'other-boot'];

function changesSince(proof: MachineIdentity, node: MachineIdentity): readonly RehealReason[] {
  const isOther: Readonly<Record<RehealReason, boolean>> = {
    machine: proof.uid !== node.uid || differ(proof.machine, node.machine),
    boot: differ(proof.boot, node.boot),
    image: differ(proof.kernel, node.kernel) || differ(proof.os, node.os) || differ(proof.image, node.image),
    'not-ready': differ(proof.ready, node.ready),
  };
  return REHEAL_REASONS.filter((reason) => isOther[reason]);
}

function standingOf(
  proof: MachineIdentity | null,
  node: MachineIdentity,
  changes: readonly RehealReason[],
  reheal: readonly RehealReason[],
): MarkStanding {
  if (proof === null) return 'no-proof';
  if (proof.uid !== node.uid) return 'other-node';
  if (changes.includes('machine')) return 'other-machine';
  if (changes.includes('boot')) return 'other-boot';
  if (changes.includes('image')) return 'other-image';
  // Nodes are not Ready for a moment all the time: that is nothing to report where it has no consequence.
  return changes.includes('not-ready') && reheal.includes('not-ready') ? 'not-ready' : 'proven';
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
  'other-image': 'its proof is for another kernel, operating system or image of this machine',
  'not-ready': 'the node was not Ready since',
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
      ? 'The node is healed again (healing.foreignMark: heal, or healing.reheal.on).'
      : 'It is believed (healing.foreignMark: believe). To heal the node again: vigilante heal.';
  return `${annotation} is true, but ${describeStanding(mark)}. ${consequence}`;
}

/** Makes the name of the Event: one for each boot of a machine, whoever writes it. */
export function foreignMarkKey(facts: { readonly mark?: NodeMark; readonly boot?: string }): string {
  return `mark/${facts.mark ?? ''}/${facts.boot ?? ''}`;
}

/** A fact that one of the two lacks cannot differ. */
function differ(one = '', other = ''): boolean {
  return one !== '' && other !== '' && one !== other;
}
