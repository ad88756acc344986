/** A real etcd for one test file, on free ports, gone afterwards; with TLS and client certificates where asked for. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';

import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { TestCertificates } from './certificates.ts';

export interface EtcdServer {
  readonly url: string;
  /** A request to the JSON gateway, past the client under test. */
  call(path: string, body: object, headers?: Record<string, string>): Promise<unknown>;
  /** kill -9; the data stays. */
  kill(): Promise<void>;
  /** Stands still without ending, or goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** On the same ports and data; on empty data where asked for. */
  restart(options?: { readonly empty: boolean }): Promise<void>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;

export async function startEtcd(certificates?: TestCertificates, flags: readonly string[] = []): Promise<EtcdServer> {
  const program = await resolveTool('etcd');
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-etcd-'));
  const [client = 0, peer = 0] = await freePorts(2);
  const url = `${certificates === undefined ? 'http' : 'https'}://${LOOPBACK}:${client}`;
  const args = [...etcdArguments({ url, peerUrl: `http://${LOOPBACK}:${peer}`, folder, certificates }), ...flags];
  const dispatcher = new Agent(certificates === undefined ? {} : { connect: await clientTls(certificates) });
  let child: ChildProcess | null = null;

  async function call(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
    const answer = await request(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), dispatcher });
    return answer.body.json();
  }

  async function start(): Promise<void> {
    child = spawn(program, args, { stdio: 'ignore' });
    const answers = () =>
      call('/v3/kv/range', { key: 'AA==' }).then(
        (body) => 'header' in Object(body),
        () => false,
      );
    await waitUntil(answers, { what: `etcd at ${url}`, timeoutMs: START_TIMEOUT_MS });
  }

  async function kill(): Promise<void> {
    const killed = child;
    child = null;
    if (killed === null || killed.exitCode !== null || killed.signalCode !== null) return;
    const exited = new Promise((resolve) => killed.once('exit', resolve));
    killed.kill('SIGKILL');
    await exited;
  }

  await start();
  return {
    url,
    call,
    kill,
    signal: (signal) => child?.kill(signal),
    async restart({ empty } = { empty: false }) {
      if (empty) await rm(join(folder, 'data'), { recursive: true });
      await start();
    },
    async stop() {
      await kill();
      await dispatcher.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Setup {
  readonly url: string;
  readonly peerUrl: string;
  readonly folder: string;
  readonly certificates: TestCertificates | undefined;
}

function etcdArguments({ url, peerUrl, folder, certificates }: Setup): string[] {
  const listen = [`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`, `--listen-peer-urls=${peerUrl}`];
  const cluster = [`--initial-advertise-peer-urls=${peerUrl}`, `--initial-cluster=default=${peerUrl}`];
  const tls =
    certificates === undefined
      ? []
      : [
          '--client-cert-auth',
          `--trusted-ca-file=${certificates.caFile}`,
          `--cert-file=${certificates.server.certificateFile}`,
          `--key-file=${certificates.server.keyFile}`,
        ];
  return [`--data-dir=${join(folder, 'data')}`, ...listen, ...cluster, ...tls, '--log-level=error'];
}

async function clientTls({ caFile, client }: TestCertificates) {
  const [ca, cert, key] = await Promise.all(
    [caFile, client.certificateFile, client.keyFile].map((file) => readFile(file, 'utf8')),
  );
  return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}
