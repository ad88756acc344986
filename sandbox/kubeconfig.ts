/** Writes kubeconfig files, and reads what was written. */

import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ApiAccess } from './api-client.ts';
import { apiServerUrl, fileOf, RELEASE_NAMESPACE, type SandboxLayout } from './layout.ts';

export interface KubeconfigUser {
  readonly user: string;
  readonly token: string;
  /** Default: the API server and its certificate as this machine sees them. */
  readonly cluster?: Readonly<Record<string, string>>;
  /** Default: `kubeconfig-<user>` in the folder of the sandbox. */
  readonly path?: string;
}

/** The certificates are named by path: the file can be written before the API server has made them. */
export async function writeKubeconfig(
  layout: SandboxLayout,
  { user, token, cluster, path = fileOf(layout, `kubeconfig-${user}`) }: KubeconfigUser,
): Promise<string> {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: cluster ?? {
          server: apiServerUrl(layout),
          'certificate-authority': fileOf(layout, 'certificates/apiserver.crt'),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user, namespace: RELEASE_NAMESPACE } }],
    'current-context': 'sandbox',
  };
  await writeFile(path, stringify(content), { mode: 0o600 });
  return path;
}

const KubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), 'certificate-authority': z.string() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** The way of a file's user to the API server; rejects until the API server has made its certificate. */
export async function readKubeconfig(path: string): Promise<ApiAccess> {
  const { clusters, users } = KubeconfigSchema.parse(parse(await readFile(path, 'utf8')));
  const { server, 'certificate-authority': certificateFile } = clusters[0].cluster;
  return { server, certificates: await readFile(certificateFile, 'utf8'), token: users[0].user.token };
}
