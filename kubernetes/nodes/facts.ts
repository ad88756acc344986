/** Reads from a node what the healing needs; whatever is missing or rubbish gives a defined state (H1). */

import { createHash } from 'node:crypto';
import {
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  HINT_ANNOTATION,
  proofAnnotation,
  relapsedAnnotation,
  SNAT_PROFILE,
} from '../../contracts/healing/names.ts';
import { cutFact, parseNodeProof, proofTimeMs } from '../../contracts/healing/node-proof.ts';
import { HINT_LENGTH_MAX, type NodeFacts } from '../../domain/node/facts.ts';
import { parseNodeName, parseNodeUid } from '../../domain/node/identity.ts';
import {
  type JudgedMark,
  judgeMark,
  type MachineIdentity,
  type MarkPolicy,
  type NodeMark,
} from '../../domain/node/mark.ts';
import { conditionOf, type NodeObject } from '../client/objects.ts';
import { type HealableNodes, WINDOWS_NODES } from '../healing/healable-nodes.ts';
import { taintFacts } from './taints.ts';

/** How nodes are read: the same in every process of a cluster. */
export interface NodeReading extends MarkPolicy {
  /** Annotation that marks a healed node. */
  readonly healedAnnotation: string;
  /** Default: all Windows nodes but virtual ones. */
  readonly healable?: HealableNodes;
  /** Whose mark it is; default `snat`. */
  readonly profile?: string;
  /** Key of the startup taint that is removed with the mark; missing: none. */
  readonly startupTaint?: string | undefined;
}

const BOOT_DIGEST_LENGTH = 12;
const IMAGE_LABEL = 'kubernetes.azure.com/node-image-version';

/** Throws where name or uid are missing, which no API server sends. */
export function nodeFacts(node: NodeObject, reading: NodeReading): NodeFacts {
  const { healedAnnotation, healable = WINDOWS_NODES, profile = SNAT_PROFILE } = reading;
  const { name, uid, annotations } = node.metadata ?? {};
  const parsedName = parseNodeName(name ?? '');
  const parsedUid = parseNodeUid(uid ?? '');
  if (parsedName === null || parsedUid === null) {
    throw new Error(`not a node: name ${JSON.stringify(name)}, uid ${JSON.stringify(uid)}`);
  }
  const identity = machineIdentity(node);
  const isMarked = annotations?.[healedAnnotation]?.toLowerCase() === 'true';
  const proof = annotations?.[proofAnnotation(profile)];
  const judged = isMarked ? judgeMark(parseNodeProof(proof), identity, reading) : null;
  const mark = markOf(judged, proof);
  const hint = annotations?.[HINT_ANNOTATION];
  const markedMs = mark === 'proven' ? proofTimeMs(proof) : null;
  const relapsedMs = parseTimeMs(annotations?.[relapsedAnnotation(profile)]);
  const boot = bootDigest(identity);
  const ready = conditionOf(node.status?.conditions, 'Ready');
  return {
    name: parsedName,
    uid: parsedUid,
    windows: healable.includes(node),
    ready: ready?.status === 'True',
    healed: judged?.counts === true,
    disabled: annotations?.[HEALING_SWITCH_ANNOTATION] === HEALING_SWITCH_OFF,
    readyChangedMs: parseTimeMs(ready?.lastTransitionTime),
    ...(mark === null ? {} : { mark }),
    ...(boot === null ? {} : { boot }),
    ...(hint === undefined ? {} : { hint: hint.slice(0, HINT_LENGTH_MAX) }),
    ...(markedMs === null ? {} : { markedMs }),
    ...(relapsedMs === null ? {} : { relapsedMs }),
    ...taintFacts(node, reading.startupTaint),
  };
}

/** As it is compared with a proof. */
export function machineIdentity({ metadata, status }: NodeObject): Required<MachineIdentity> {
  const { systemUUID = '', bootID = '', kernelVersion = '', osImage = '' } = status?.nodeInfo ?? {};
  return {
    uid: metadata?.uid ?? '',
    machine: cutFact(systemUUID),
    boot: cutFact(bootID),
    kernel: cutFact(kernelVersion),
    os: cutFact(osImage),
    image: cutFact(metadata?.labels?.[IMAGE_LABEL] ?? ''),
    ready: cutFact(conditionOf(status?.conditions, 'Ready')?.lastTransitionTime ?? ''),
  };
}

function markOf(judged: JudgedMark | null, proof: string | undefined): NodeMark | null {
  if (judged !== null) return judged.standing;
  return proof === undefined ? null : 'withdrawn';
}

function bootDigest({ machine, boot }: MachineIdentity): string | null {
  if (machine === '' && boot === '') return null;
  return createHash('sha256').update(`${machine}\n${boot}`).digest('hex').slice(0, BOOT_DIGEST_LENGTH);
}

function parseTimeMs(time: string | null | undefined): number | null {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? null : ms;
}
