/** A real Temporal server for one test file, on a free port, gone afterwards. */

import { spawn } from 'node:child_process';
import type { NativeConnection } from '@temporalio/worker';
import { loadTemporalProfile, type TemporalProfile } from '../../../config/temporal-profile.ts';
import { MAINTENANCE_SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { createLog, type Log } from '../../../runtime/log.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { connectTemporal } from '../../../temporal/connection.ts';

export interface TemporalServer {
  readonly profile: TemporalProfile;
  readonly pid: number;
  stop(): Promise<void>;
}

export const silentLog: Log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

const CONNECT_TIMEOUT_MS = 120_000;

export async function freeTemporalPorts(): Promise<TemporalPorts> {
  const [frontend = 0, metrics = 0] = await freePorts(2);
  return { frontend, metrics };
}

export interface TemporalPorts {
  readonly frontend: number;
  readonly metrics: number;
}

/** Does not wait until the server answers: connecting does. */
export async function startTemporalServer(
  ports?: TemporalPorts,
  extraArgs: readonly string[] = [],
): Promise<TemporalServer> {
  const { frontend, metrics } = ports ?? (await freeTemporalPorts());
  const place = [`--ip=${LOOPBACK}`, `--port=${frontend}`, `--metrics-port=${metrics}`];
  const args = ['server', 'start-dev', '--headless', ...place, '--log-level=never', ...extraArgs];
  const child = spawn(await resolveTool('temporal'), args, { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    profile: loadTemporalProfile({ TEMPORAL_ADDRESS: `${LOOPBACK}:${frontend}` }),
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export async function connectTo(
  profile: TemporalProfile,
  options: { searchAttributes: boolean; log?: Log },
): Promise<NativeConnection> {
  const { searchAttributes, log = silentLog } = options;
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  const attributes = searchAttributes ? MAINTENANCE_SEARCH_ATTRIBUTES : [];
  const connected = await connectTemporal({ profile, attributes, log, signal });
  if (connected === null) throw new Error(`no Temporal at ${profile.address} after ${CONNECT_TIMEOUT_MS} ms`);
  return connected.link.connection;
}
