/** What a healing pod proves about the network of its node (H5). */

/**
 * 0: nothing. 1: the pod got an IP that is not its host's. 2: the pod sandbox with its network was ready
 * (`PodReadyToStartContainers=True`; where no such condition is set: 1 with a container id). 3: an echo saw the pod's
 * own address.
 */
export type EvidenceLevel = 0 | 1 | 2 | 3;

/** What a pod must reach to count as proven; `none` counts every pod, as cops-vigilante did. */
export const SIGN_REQUIREMENTS = ['none', 'pod-ip', 'sandbox'] as const;
export type SignRequirement = (typeof SIGN_REQUIREMENTS)[number];
/** Signs are read from the pod's status; for `source-address` the pod asks an echo. */
export const EVIDENCE_REQUIREMENTS = [...SIGN_REQUIREMENTS, 'source-address'] as const;
export type EvidenceRequirement = (typeof EVIDENCE_REQUIREMENTS)[number];

export interface PodSigns {
  readonly podIp: string | null;
  readonly hostIps: readonly string[];
  /** Status of the condition `PodReadyToStartContainers`; null where it is not set. */
  readonly readyToStartContainers: boolean | null;
  readonly hasContainerId: boolean;
}

/** Which address an echo saw; `invalid`: an answer that is not believed; `none`: no answer. */
export const SOURCE_KINDS = ['own', 'node', 'other', 'invalid', 'none'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** `refuted`: the exception is not in force for pods made now. `silent`: neither was shown. */
export type Verdict = 'proven' | 'refuted' | 'silent';

/** What the echoes saw of one pod (E5, E6). */
export interface SourceFinding {
  readonly verdict: Verdict;
  /** Whose address decided; null where none did. */
  readonly by: 'own' | 'node' | 'other' | null;
  /** The address that the deciding endpoint saw; null where none decided. */
  readonly address: string | null;
  /** Name of that endpoint. */
  readonly endpoint: string | null;
  /** When the pod was created, in milliseconds since 1970. */
  readonly createdMs: number;
}

export interface PodJudgement {
  readonly podName: string;
  readonly level: EvidenceLevel;
  /** For people: which signs were seen, or the Event that explains why there were none. */
  readonly detail: string;
  /** What the pod says about the exceptions from SNAT; missing where it was not asked. */
  readonly source?: SourceFinding;
}

export const EVIDENCE_LEVEL_REQUIRED: Readonly<Record<EvidenceRequirement, EvidenceLevel>> = {
  none: 0,
  'pod-ip': 1,
  sandbox: 2,
  'source-address': 3,
};

export function podEvidence(signs: PodSigns): EvidenceLevel {
  if (signs.readyToStartContainers === true) return 2;
  const ownIp = signs.podIp !== null && !signs.hostIps.includes(signs.podIp);
  if (!ownIp) return 0;
  return signs.readyToStartContainers === null && signs.hasContainerId ? 2 : 1;
}

export function proves(level: EvidenceLevel, requirement: EvidenceRequirement): boolean {
  return level >= EVIDENCE_LEVEL_REQUIRED[requirement];
}
