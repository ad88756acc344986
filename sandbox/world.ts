/** The parts as running processes: started in order, killed and started again one by one. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type ExitStatus, logTail, type SandboxProcess, startProcess } from './child-process.ts';
import { controlPlanePart } from './control-plane/part.ts';
import { SandboxProblem } from './exit-code.ts';
import { logOf, type SandboxLayout } from './layout.ts';
import { machineParts } from './machines/parts.ts';
import { apiserverPart } from './parts/apiserver.ts';
import { controllerManagerPart, schedulerPart } from './parts/controllers.ts';
import { etcdPart } from './parts/etcd.ts';
import { kwokPart } from './parts/kwok.ts';
import type { Part, PartName } from './parts/part.ts';
import { type TemporalStore, temporalPart } from './parts/temporal.ts';
import { echoParts } from './probing-pods/parts.ts';
import { REAL_NODE_LABEL } from './real-nodes/addresses.ts';
import type { RealNodesOptions } from './real-nodes/real-nodes.ts';
import type { ToolName } from './tools/catalogue.ts';
import { type KubernetesVersion, kubernetesTool } from './tools/kubernetes-versions.ts';
import { resolveTools } from './tools/resolve-tool.ts';
import { waitUntil } from './wait-until.ts';

export interface World {
  readonly partNames: readonly PartName[];
  /** On the same ports and data as before. */
  startPart(name: PartName): Promise<void>;
  /** Waits for the part's end; with `SIGSTOP` it only stands still until `SIGCONT`. */
  killPart(name: PartName, signal?: NodeJS.Signals): Promise<void>;
  isRunning(name: PartName): boolean;
  /** From now on a part that ends is left as it is. */
  release(): void;
}

/** A part that ended by itself comes back after this long, as the kubelet brings back a static pod. */
const REVIVE_AFTER_MS = 1_000;
/** Per part; beyond it the part stays down, and whatever needs it shows that. */
const REVIVALS_MAX = 30;

/** What the parts run, and nothing else: each missing one is built before anything starts. */
export function partTools(version: KubernetesVersion): readonly ToolName[] {
  return [
    'etcd',
    kubernetesTool('kube-apiserver', version),
    kubernetesTool('kube-controller-manager', version),
    kubernetesTool('kube-scheduler', version),
    'kwok',
    'temporal',
  ];
}

export type PartTools = Readonly<Partial<Record<ToolName, string>>>;

/** The programs of all parts; builds what is missing. */
export function resolvePartTools(version: KubernetesVersion, report: (line: string) => void): Promise<PartTools> {
  return resolveTools(partTools(version), report);
}

export const PART_GARBAGE_PERCENT = 100;

export interface WorldOptions {
  /** Default: file. */
  readonly temporalStore?: TemporalStore;
  /** Garbage that the parts, all written in Go, let grow in percent of what they keep; Go's default is 100. */
  readonly partGarbagePercent?: number;
  /** Beside the simulated ones; root of this machine alone can have them. */
  readonly realNodes?: RealNodesOptions;
}

export function createWorld(
  layout: SandboxLayout,
  tools: PartTools,
  { temporalStore = 'file', partGarbagePercent = PART_GARBAGE_PERCENT, realNodes }: WorldOptions = {},
): World {
  const parts: readonly Part[] = [
    ...(layout.controlPlane === 0 ? wholeControlPlane(layout) : [controlPlanePart(layout)]),
    kwokPart(layout, { spared: realNodes === undefined ? null : REAL_NODE_LABEL }),
    ...(layout.hasTemporal ? [temporalPart(layout, temporalStore)] : []),
    ...echoParts(layout),
    ...machineParts(layout),
  ];
  const running = new Map<PartName, SandboxProcess>();
  let released = false;

  function partNamed(name: PartName): Part {
    const part = parts.find((one) => one.name === name);
    if (part === undefined)
      throw new SandboxProblem(
        `the sandbox has no ${name}: start it with an echo, with maintenance, or with control-plane nodes`,
      );
    return part;
  }

  async function launch(part: Part, revivals: number): Promise<SandboxProcess> {
    const { name } = part;
    const started = await startProcess({
      name,
      program: 'program' in part ? part.program : (tools[part.tool] ?? part.tool),
      args: part.args,
      env: { GOGC: String(partGarbagePercent) },
      sandboxId: layout.id,
      logPath: logOf(layout, name),
    });
    running.set(name, started);
    void started.exited.then(async () => {
      await sleep(REVIVE_AFTER_MS, undefined, { ref: false });
      // A part that was killed on purpose is no longer in the map, one that was started again has another entry.
      if (!released && running.get(name) === started && revivals < REVIVALS_MAX) await launch(part, revivals + 1);
    });
    return started;
  }

  return {
    partNames: parts.map(({ name }) => name),
    async startPart(name) {
      if (running.get(name)?.isRunning() === true) return;
      const part = partNamed(name);
      await waitUntilReady(part, await launch(part, 0));
    },
    async killPart(name, signal = 'SIGKILL') {
      const target = running.get(name);
      if (ENDING_SIGNALS.includes(signal)) running.delete(name);
      await target?.kill(signal);
    },
    isRunning: (name) => running.get(name)?.isRunning() ?? false,
    release: () => {
      released = true;
    },
  };
}

function wholeControlPlane(layout: SandboxLayout): readonly Part[] {
  return [etcdPart(layout), apiserverPart(layout), controllerManagerPart(layout), schedulerPart(layout)];
}

const ENDING_SIGNALS: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT'];

/** In this order, as far as they are there. */
const FIRST: readonly PartName[] = ['etcd', 'apiserver', 'control-plane'];

/** etcd, then the API server, then what works against it; Temporal needs none of them. */
export async function startAllParts(world: World): Promise<void> {
  const has = (name: PartName) => world.partNames.includes(name);
  const temporal = has('temporal') ? world.startPart('temporal') : Promise.resolve();
  // Its failure is reported below; until then it must not count as unhandled.
  temporal.catch(() => {});
  for (const name of FIRST.filter(has)) await world.startPart(name);
  const others = world.partNames.filter((name) => !world.isRunning(name) && name !== 'temporal');
  await Promise.all([...others.map((name) => world.startPart(name)), temporal]);
}

async function waitUntilReady(part: Part, started: SandboxProcess): Promise<void> {
  let ended: ExitStatus | null = null;
  void started.exited.then((status) => {
    ended = status;
  });
  await waitUntil(
    async () => {
      if (ended !== null) {
        const tail = await logTail(started.logPath);
        throw new SandboxProblem(
          `${part.name} ended while starting (${JSON.stringify(ended)}); its log ends with:\n${tail}`,
        );
      }
      return part.isReady();
    },
    {
      what: `${part.name} to be ready`,
      timeoutMs: part.readyTimeoutMs,
      explain: async () => `its log ends with:\n${await logTail(started.logPath)}`,
    },
  );
}
