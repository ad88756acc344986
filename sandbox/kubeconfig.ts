/** Writes kubeconfig files. */

import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { apiServerUrl, fileOf, RELEASE_NAMESPACE, type SandboxLayout } from './layout.ts';

export interface KubeconfigUser {
  /** Names the file too: `kubeconfig-<user>`. */
  readonly user: string;
  readonly token: string;
  /** Default: the API server and its certificate as this machine sees them. */
  readonly cluster?: Readonly<Record<string, string>>;
}

/** The certificates are named by path: the file can be written before the API server has made them. */
export async function writeKubeconfig(
  layout: SandboxLayout,
  { user, token, cluster }: KubeconfigUser,
): Promise<string> {
  const path = fileOf(layout, `kubeconfig-${user}`);
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
