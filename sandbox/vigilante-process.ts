/** Our own processes against the sandbox: the real binary with the component's own service account. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Component } from '../contracts/processes.ts';
import { logTail, type SandboxProcess, startProcess } from './child-process.ts';
import { sandboxEnvironment } from './environment.ts';
import { SandboxProblem } from './exit-code.ts';
import { collectorUrl, fileOf, logOf, RELEASE_NAMESPACE, type SandboxLayout } from './layout.ts';
import { answersOk } from './parts/part.ts';
import { freePorts, LOOPBACK } from './ports.ts';
import { waitUntil } from './wait-until.ts';

export interface ProcessOptions {
  /** Distinguishes replicas: part of the log's name. */
  readonly replica?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** After `worker --config <file>`. */
  readonly args?: readonly string[];
  /** Another configuration file than the sandbox's. */
  readonly configPath?: string;
  /** Folder of another checkout whose program is run: a newer version, or one that was broken on purpose. */
  readonly checkout?: string;
}

export interface VigilanteProcess extends SandboxProcess {
  /** Base of `/healthz`, `/readyz` and `/metrics`. */
  readonly httpUrl: string;
  /** Base of the Temporal SDK's `/metrics`; the collector has none. */
  readonly temporalMetricsUrl: string;
  /** Waits until `/readyz` answers 200; fails at once when the process ends. */
  waitUntilReady(timeoutMs?: number): Promise<void>;
}

/** A process beside others that start takes long on a busy machine. */
const READY_TIMEOUT_MS = 120_000;
const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

export async function startVigilante(
  layout: SandboxLayout,
  component: Component,
  { replica = 0, env = {}, args = [], configPath, checkout = CHECKOUT }: ProcessOptions = {},
): Promise<VigilanteProcess> {
  const [httpPort = 0, temporalMetricsPort = 0] = await freePorts(2);
  const started = await startProcess({
    name: component,
    program: join(checkout, 'bin/vigilante'),
    args: [component, '--config', configPath ?? fileOf(layout, 'conf.yaml'), ...args],
    env: {
      ...sandboxEnvironment(layout),
      KUBECONFIG: fileOf(layout, `kubeconfig-${component}`),
      POD_NAMESPACE: RELEASE_NAMESPACE,
      VIGILANTE_HTTP_HOST: LOOPBACK,
      VIGILANTE_HTTP_PORT: `${httpPort}`,
      VIGILANTE_TEMPORAL_METRICS_PORT: `${temporalMetricsPort}`,
      ...env,
    },
    sandboxId: layout.id,
    logPath: logOf(layout, `${component}-${replica}`),
  });
  // The collector serves everything on the one port that its clients know.
  const httpUrl = component === 'collector' ? collectorUrl(layout) : `http://${LOOPBACK}:${httpPort}`;
  return {
    ...started,
    httpUrl,
    temporalMetricsUrl: `http://${LOOPBACK}:${temporalMetricsPort}`,
    waitUntilReady: (timeoutMs = READY_TIMEOUT_MS) => waitUntilReady(started, httpUrl, timeoutMs),
  };
}

async function waitUntilReady(started: SandboxProcess, httpUrl: string, timeoutMs: number): Promise<void> {
  const explain = async () => `its log ends with:\n${await logTail(started.logPath)}`;
  await waitUntil(
    async () => {
      if (!started.isRunning()) {
        throw new SandboxProblem(`${started.name} ended (${JSON.stringify(await started.exited)}); ${await explain()}`);
      }
      return answersOk(`${httpUrl}/readyz`);
    },
    { what: `${started.name} to be ready`, timeoutMs, explain },
  );
}
