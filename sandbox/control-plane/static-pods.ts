/** Runs what the manifests of the control-plane nodes say, as their kubelets would: exchanges what has changed, revives. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type SandboxProcess, startProcess } from '../child-process.ts';
import { logOf, type SandboxLayout } from '../layout.ts';
import { isApiserverReady } from '../parts/apiserver.ts';
import { isControllerReady } from '../parts/controllers.ts';
import { isEtcdReady } from '../parts/etcd.ts';
import { controlPlaneNodes, type Place } from '../parts/place.ts';
import { isOff, type Manifest, readManifests, STATIC_PODS, type StaticPod } from './manifest.ts';

export interface RunningPod {
  readonly place: Place;
  readonly pod: StaticPod;
  readonly manifest: Manifest;
  /** It answers, and was not told to end. */
  readonly isReady: boolean;
  /** It was told to end, and does so in its own time. */
  readonly isEnding: boolean;
}

export interface StaticPods {
  /** Compares the manifests with what runs; does not wait for what it starts and ends. */
  reconcile(): Promise<void>;
  running(): readonly RunningPod[];
}

/** As the kubelet: after that what does not end is killed. */
const GRACE_MS = 30_000;
/** Between the end of what ended by itself and its next start; twice as long each time that it never answered. */
const BACK_OFF_MIN_MS = 1_000;
const BACK_OFF_MAX_MS = 30_000;
/** Until it is Ready for the first time, and after that. */
const FIRST_PROBES_MS = 200;
const PROBES_MS = 2_000;
/** As kubeadm has it: one answer that is missing says nothing on a busy machine. */
const FAILED_PROBES_MAX = 3;

interface Entry extends RunningPod {
  readonly process: SandboxProcess;
  /** How often before it a process of the same manifest ended without an answer. */
  readonly failures: number;
  isReady: boolean;
  wasReady: boolean;
  isEnding: boolean;
  endedMs: number | null;
}

export function createStaticPods(layout: SandboxLayout): StaticPods {
  const entries = new Map<string, Entry>();

  async function start(place: Place, pod: StaticPod, manifest: Manifest): Promise<void> {
    const before = entries.get(keyOf(place, pod));
    const { program, args, env } = manifest;
    const name = `${pod}-${place.name}`;
    const logPath = logOf(layout, name);
    const process = await startProcess({ name, program, args, env, sandboxId: layout.id, logPath });
    const failures = before !== undefined && !before.wasReady && !before.isEnding ? before.failures + 1 : 0;
    const state = { isReady: false, wasReady: false, isEnding: false, endedMs: null };
    const entry: Entry = { place, pod, manifest, process, failures, ...state };
    entries.set(keyOf(place, pod), entry);
    void process.exited.then(() => {
      entry.isReady = false;
      entry.endedMs = Date.now();
    });
    void probe(layout, entry);
  }

  function end(entry: Entry): void {
    entry.isEnding = true;
    entry.isReady = false;
    void entry.process.kill('SIGTERM');
    const timer = setTimeout(() => void entry.process.kill('SIGKILL'), GRACE_MS);
    void entry.process.exited.then(() => clearTimeout(timer));
  }

  return {
    async reconcile() {
      for (const place of controlPlaneNodes(layout)) {
        const manifests = (await isOff(layout, place))
          ? new Map<StaticPod, Manifest>()
          : await readManifests(layout, place);
        for (const pod of STATIC_PODS) {
          const entry = entries.get(keyOf(place, pod));
          const manifest = manifests.get(pod);
          if (manifest !== undefined && isDue(entry, manifest)) await start(place, pod, manifest);
          else if (entry?.endedMs === null && !entry.isEnding && !isSame(entry.manifest, manifest)) end(entry);
        }
      }
    },
    running: () => [...entries.values()].filter(({ endedMs, isEnding }) => endedMs === null || !isEnding),
  };
}

/** Whether nothing runs, and what ended by itself has waited for long enough. */
function isDue(entry: Entry | undefined, manifest: Manifest): boolean {
  if (entry === undefined) return true;
  if (entry.endedMs === null) return false;
  const backOffMs = Math.min(BACK_OFF_MIN_MS * 2 ** entry.failures, BACK_OFF_MAX_MS);
  return entry.isEnding || !isSame(entry.manifest, manifest) || Date.now() - entry.endedMs >= backOffMs;
}

function isSame(one: Manifest, other: Manifest | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function keyOf({ name }: Place, pod: StaticPod): string {
  return `${name}/${pod}`;
}

/** As long as it runs. */
async function probe(layout: SandboxLayout, entry: Entry): Promise<void> {
  for (let failed = 0; !entry.isEnding && entry.process.isRunning(); ) {
    await sleep(entry.wasReady ? PROBES_MS : FIRST_PROBES_MS);
    const answers = await isPodReady(layout, entry.place, entry.pod);
    failed = answers ? 0 : failed + 1;
    const isReady = answers || (entry.isReady && failed < FAILED_PROBES_MAX);
    entry.isReady = isReady && !entry.isEnding && entry.process.isRunning();
    entry.wasReady ||= entry.isReady;
  }
}

export function isPodReady(layout: SandboxLayout, place: Place, pod: StaticPod): Promise<boolean> {
  switch (pod) {
    case 'etcd':
      return isEtcdReady(layout, place);
    case 'kube-apiserver':
      return isApiserverReady(layout, place);
    case 'kube-controller-manager':
      return isControllerReady(layout, place, 'controllerManager');
    default:
      return isControllerReady(layout, place, 'scheduler');
  }
}
