/** What a healing pod proves about the network of its node (H5). */

/**
 * 0: nothing. 1: the pod got an IP that is not its host's. 2: the pod sandbox with its network was ready
 * (`PodReadyToStartContainers=True`; where no such condition is set: 1 with a container id).
 */
export type EvidenceLevel = 0 | 1 | 2;

/** What a pod must reach to count as proven; `none` counts every pod, as cops-vigilante did. */
export const EVIDENCE_REQUIREMENTS = ['none', 'pod-ip', 'sandbox'] as const;
export type EvidenceRequirement = (typeof EVIDENCE_REQUIREMENTS)[number];

export interface PodSigns {
  readonly podIp: string | null;
  readonly hostIps: readonly string[];
  /** Status of the condition `PodReadyToStartContainers`; null where it is not set. */
  readonly readyToStartContainers: boolean | null;
  readonly hasContainerId: boolean;
}

export interface PodJudgement {
  readonly podName: string;
  readonly level: EvidenceLevel;
  /** For people: which signs were seen, or the Event that explains why there were none. */
  readonly detail: string;
}

export const EVIDENCE_LEVEL_REQUIRED: Readonly<Record<EvidenceRequirement, EvidenceLevel>> = {
  none: 0,
  'pod-ip': 1,
  sandbox: 2,
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
