/** Tells when healing pods have ended, from a watch; by asking for the pod where there is none, or it fails. */

import { HEALING_POD_LABELS } from '../../contracts/healing/names.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type PodObject, parsePod } from '../client/objects.ts';
import { pause } from '../client/pause.ts';
import { resourceOf } from '../client/resource.ts';
import type { ResourceNotice, WatchedObject } from '../client/resource-watch.ts';
import { type InformerHealth, watchForever } from '../client/watch-forever.ts';
import type { HealingPods } from './pods.ts';

type Pod = { readonly name: string; readonly uid: string };

export interface PodEnds {
  start(): void;
  stop(): Promise<void>;
  health(): InformerHealth;
  /**
   * Resolves when every container of the pod has terminated, when the pod is gone, after `patienceMs`, or when the
   * signal is aborted. Says when, never what: what counts is the answer of the DELETE. Never throws.
   */
  untilEnded(pod: Pod, wait: { readonly patienceMs: number; readonly signal: AbortSignal }): Promise<void>;
}

/** A pod that the watch does not show is asked for this often. */
const ASK_MS = 2_000;

interface Ending {
  readonly uid: string;
  readonly ended: boolean;
}

export function createPodEnds(
  connection: ClusterConnection,
  options: {
    readonly namespace: string;
    readonly pods: Pick<HealingPods, 'read'>;
    readonly onError: (message: string) => void;
    /** Default 2 s. */
    readonly askMs?: number;
  },
): PodEnds {
  const { namespace, pods, onError, askMs = ASK_MS } = options;
  const waiting = new Map<string, { readonly pod: Pod; readonly over: () => void }>();
  /** Uids of pods that have ended and are still there: one may end before it is waited for. */
  const ended = new Set<string>();
  let isStarted = false;
  const watch = watchForever<Ending>({
    resource: resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace }),
    plural: 'healing pods',
    selection: { labelSelector: `app.kubernetes.io/managed-by=${HEALING_POD_LABELS['app.kubernetes.io/managed-by']}` },
    read: (pod: WatchedObject) => ({ uid: pod.metadata?.uid ?? '', ended: hasEnded(parsePod(pod)) }),
    onError,
    onNotice(notice: ResourceNotice<Ending>) {
      if (notice.kind === 'left') {
        ended.delete(notice.value.uid);
        waiting.get(notice.value.uid)?.over();
      } else if (notice.kind === 'set') {
        take(notice.value);
      } else {
        ended.clear();
        notice.values.forEach(take);
        const listed = new Set(notice.values.map(({ uid }) => uid));
        // Gone while nothing was watched, or made after the list.
        for (const { pod, over } of waiting.values()) if (!listed.has(pod.uid)) void askThen(pod, over);
      }
    },
  });
  const isWatched = () => isStarted && watch.health().synced && watch.health().failuresInARow === 0;

  function take({ uid, ended: isOver }: Ending): void {
    if (!isOver) return;
    ended.add(uid);
    waiting.get(uid)?.over();
  }

  async function askThen(pod: Pod, over: () => void): Promise<void> {
    try {
      const found = await pods.read(pod);
      if (found === null || hasEnded(found)) over();
    } catch {
      // The API server is away: the pod is asked for again.
    }
  }

  return {
    start() {
      isStarted = true;
      watch.start();
    },
    stop: () => watch.stop('the watch of the healing pods was stopped'),
    health: () => watch.health(),
    async untilEnded(pod, { patienceMs, signal }) {
      if (ended.has(pod.uid)) return;
      const done = new AbortController();
      const over = () => done.abort();
      const ending = AbortSignal.any([signal, done.signal, AbortSignal.timeout(patienceMs)]);
      waiting.set(pod.uid, { pod, over });
      try {
        while (!ending.aborted) {
          await pause(askMs, ending);
          if (!ending.aborted && !isWatched()) await askThen(pod, over);
        }
      } finally {
        if (waiting.get(pod.uid)?.over === over) waiting.delete(pod.uid);
      }
    },
  };
}

/**
 * What counts are terminated containers, not phase and conditions (E8). A pod that the kubelet refused, or that was
 * evicted before its containers were made, has none, and never will.
 */
export function hasEnded({ status }: Pick<PodObject, 'status'>): boolean {
  const containers = status?.containerStatuses ?? [];
  if (containers.length === 0) return status?.phase === 'Failed';
  return containers.every(({ state }) => Boolean(state?.terminated));
}
