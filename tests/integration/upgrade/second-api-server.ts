/** A second real API server on the store of another one, with arguments of its own. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeconfigSource } from '../../../kubernetes/client/kubeconfig.ts';
import { type ApiClient, createApiClient } from '../../../sandbox/api-client.ts';
import { startProcess } from '../../../sandbox/child-process.ts';
import { READY_TIMEOUT_MS } from '../../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { TestApiServer } from '../kubernetes/api-server.ts';

export interface SecondApiServer {
  readonly url: string;
  readonly admin: ApiClient;
  readonly token: string;
  readonly kubeconfig: KubeconfigSource;
  stop(): Promise<void>;
}

const TOKEN = 'second';

/** @param host an address of this machine, for which its certificate is */
export async function startSecondApiServer(
  first: TestApiServer,
  args: readonly string[],
  host: string = LOOPBACK,
): Promise<SecondApiServer> {
  const program = await resolveTool('kube-apiserver');
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-api-server-'));
  const id = randomUUID();
  const reaper = startReaper(id, folder);
  const [port = 0] = await freePorts(1);
  const url = `https://${host}:${port}`;
  const [key, tokens] = [join(folder, 'key'), join(folder, 'tokens.csv')];
  await writeFile(key, await first.serviceAccountKey());
  await writeFile(tokens, `${TOKEN},admin,admin,system:masters\n`);
  await startProcess({
    name: 'second-apiserver',
    program,
    args: [
      `--etcd-servers=${first.etcdUrl}`,
      `--bind-address=${host}`,
      `--advertise-address=${host}`,
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokens}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--profiling=false',
      ...args,
    ],
    env: {},
    sandboxId: id,
    logPath: join(folder, 'log'),
  });
  const certificate = join(folder, 'apiserver.crt');
  const admin = await waitUntil(() => readyClient(url, certificate), { what: url, timeoutMs: READY_TIMEOUT_MS });
  const path = join(folder, 'kubeconfig');
  await writeFile(
    path,
    stringify({
      clusters: [{ name: 'second', cluster: { server: url, 'certificate-authority': certificate } }],
      users: [{ name: 'admin', user: { token: TOKEN } }],
      contexts: [{ name: 'second', context: { cluster: 'second', user: 'admin' } }],
      'current-context': 'second',
    }),
  );
  return {
    url,
    admin,
    token: TOKEN,
    kubeconfig: { kind: 'file', path },
    async stop() {
      await admin.close();
      await reap(id, folder);
      await reaper.release();
    },
  };
}

async function readyClient(server: string, certificate: string): Promise<ApiClient | null> {
  const certificates = await readFile(certificate, 'utf8').catch(() => null);
  if (certificates === null) return null;
  const client = createApiClient({ server, certificates, token: TOKEN });
  const isReady = await client.call('GET', '/readyz').then(
    ({ status }) => status === 200,
    () => false,
  );
  if (isReady) return client;
  await client.close();
  return null;
}
