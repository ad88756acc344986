/** A sandbox with namespaces for the chart, kubectl and helm as its administrator, and tokens of service accounts. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { adminAccess } from '../../sandbox/admin-access.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { addForeignKinds } from './foreign-kinds.ts';
import { CHART, type HelmResult, NAMESPACE, RELEASE, runHelm, valuesOf } from './helm.ts';

/** Where `ci/everything.yaml` wants its healing pods. */
export const HEALING_NAMESPACE = 'healing';
/** Where `ci/connectivity.yaml` wants its agents that are in the network of their node. */
export const HOST_AGENTS_NAMESPACE = 'node-agents';
/** Which `ci/maintenance.yaml` has made: in a dry run of its roles it must be there. */
const ACT_NAMESPACE = 'node-maintenance';

const ACCOUNT_TIMEOUT_MS = 120_000;
const COMMAND_TIMEOUT_MS = 150_000;
const TOKEN_SECONDS = 3_600;

const TokenRequestSchema = z.object({ status: z.object({ token: z.string() }) });

export interface TokenOfAccount {
  readonly namespace: string;
  readonly account: string;
  /** Default: the API server's own. */
  readonly audience?: string;
  /** The token is bound to it. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

interface ShellOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChartWorld {
  readonly sandbox: Sandbox;
  /** For files of the test; removed with the world. */
  readonly folder: string;
  helm(args: readonly string[]): HelmResult;
  /** Installs the chart with the minimal values, and what `more` says. */
  install(more?: readonly string[]): HelmResult;
  /** Runs a line of shell as a person would, with kubectl on the PATH. */
  shell(line: string, options?: ShellOptions): HelmResult;
  /** Path of a kubeconfig with a fresh token of the service account. */
  kubeconfigOf(account: string): Promise<string>;
  tokenOf(account: TokenOfAccount): Promise<string>;
  stop(): Promise<void>;
}

export async function startChartWorld(): Promise<ChartWorld> {
  const kubectl = await resolveTool('kubectl');
  const sandbox = await startSandbox({ report: () => {} });
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-chart-'));
  await symlink(kubectl, join(folder, 'kubectl'));
  for (const namespace of [NAMESPACE, HEALING_NAMESPACE]) await createNamespace(sandbox, namespace, 'restricted');
  for (const namespace of [HOST_AGENTS_NAMESPACE, ACT_NAMESPACE])
    await createNamespace(sandbox, namespace, 'privileged');
  await addForeignKinds(sandbox);
  const env = { KUBECONFIG: sandbox.env.KUBECONFIG };
  return {
    sandbox,
    folder,
    helm: (args) => runHelm(args, env),
    install: (more = []) =>
      runHelm(['install', RELEASE, CHART, '--namespace', NAMESPACE, '--values', valuesOf('minimal'), ...more], env),
    shell(line, { input = '', env: more = {} } = {}) {
      const path = [folder, process.env['PATH'] ?? ''].join(delimiter);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
        encoding: 'utf8',
        input,
        env: { ...process.env, ...env, ...more, PATH: path },
        timeout: COMMAND_TIMEOUT_MS,
      });
      return { status, stdout, stderr };
    },
    kubeconfigOf: (account) => writeAccountKubeconfig(sandbox, { folder, account }),
    tokenOf: (account) => requestToken(sandbox, account),
    async stop() {
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function createNamespace(sandbox: Sandbox, name: string, level: 'restricted' | 'privileged'): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await sandbox.api.demand('POST', '/api/v1/namespaces', { body });
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await waitUntil(async () => (await sandbox.api.call('GET', account)).status === 200, {
    what: `the ServiceAccount default in ${name}`,
    timeoutMs: ACCOUNT_TIMEOUT_MS,
  });
}

async function requestToken(sandbox: Sandbox, { namespace, account, audience, pod }: TokenOfAccount): Promise<string> {
  const answer = await sandbox.api.demand('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: TOKEN_SECONDS,
        ...(audience === undefined ? {} : { audiences: [audience] }),
        ...(pod === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod } }),
      },
    },
  });
  return TokenRequestSchema.parse(answer.body).status.token;
}

async function writeAccountKubeconfig(
  sandbox: Sandbox,
  { folder, account }: { folder: string; account: string },
): Promise<string> {
  const token = await requestToken(sandbox, { namespace: NAMESPACE, account });
  const { server, certificates } = await adminAccess(sandbox.layout);
  const cluster = { server, 'certificate-authority-data': Buffer.from(certificates).toString('base64') };
  const path = join(folder, `kubeconfig-${account}`);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster }],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: account } }],
    'current-context': 'sandbox',
  };
  await writeFile(path, stringify(content), { mode: 0o600 });
  return path;
}
