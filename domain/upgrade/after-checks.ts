/** Pods that are broken, as they are counted before and after an upgrade (M45). */

/** A workload with a pod in that state, such as `deployment/web` in `CrashLoopBackOff`. */
export interface BrokenPods {
  readonly namespace: string;
  readonly workload: string;
  readonly state: string;
}

export interface AllowedBroken extends BrokenPods {
  readonly reason: string;
  readonly untilMs: number;
}

export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly owner: { readonly kind: string; readonly name: string } | null;
  readonly phase: string;
  /** Why containers wait, as the kubelet says it. */
  readonly waiting: readonly string[];
  readonly isReady: boolean;
  readonly isUnschedulable: boolean;
  readonly isTerminating: boolean;
}

/** Reasons of a waiting container that end by themselves. */
const STARTING = ['ContainerCreating', 'PodInitializing'];
/** Of a ReplicaSet that a Deployment made. */
const TEMPLATE_HASH = /-[0-9a-z]{6,10}$/;

/** Sorted, each workload and state once. */
export function brokenPods(pods: readonly SeenPod[]): readonly BrokenPods[] {
  const found = new Map<string, BrokenPods>();
  for (const pod of pods) {
    const state = brokenState(pod);
    if (state === null) continue;
    const broken = { namespace: pod.namespace, workload: workloadOf(pod), state };
    found.set(keyOf(broken), broken);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, broken]) => broken);
}

/** Those that were not there before and that no line allows; a line whose time is over does not count. */
export function newlyBroken(
  now: readonly BrokenPods[],
  { before, allowed, nowMs }: { before: readonly BrokenPods[]; allowed: readonly AllowedBroken[]; nowMs: number },
): readonly BrokenPods[] {
  const explained = new Set([...before, ...allowed.filter(({ untilMs }) => nowMs < untilMs)].map(keyOf));
  return now.filter((broken) => !explained.has(keyOf(broken)));
}

function keyOf({ namespace, workload, state }: BrokenPods): string {
  return `${namespace}/${workload} ${state}`;
}

/** Null for a pod that is well, has ended well, or is being deleted. */
function brokenState(pod: SeenPod): string | null {
  if (pod.isTerminating || pod.phase === 'Succeeded') return null;
  if (pod.phase === 'Failed') return 'Failed';
  const waiting = pod.waiting.find((reason) => !STARTING.includes(reason));
  if (waiting !== undefined) return waiting;
  if (pod.isUnschedulable) return 'Unschedulable';
  return pod.isReady ? null : 'NotReady';
}

function workloadOf({ name, owner }: SeenPod): string {
  if (owner === null) return `pod/${name}`;
  if (owner.kind === 'ReplicaSet' && TEMPLATE_HASH.test(owner.name)) {
    return `deployment/${owner.name.replace(TEMPLATE_HASH, '')}`;
  }
  return `${owner.kind.toLowerCase()}/${owner.name}`;
}
