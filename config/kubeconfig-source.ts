/** Where the kubeconfig comes from. */

import { delimiter } from 'node:path';

import type { Config } from './schema/config.ts';

/** As `connectCluster` takes it. */
export type ConfiguredKubeconfig = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'default' };

/** A KUBECONFIG that names several files is left to the client, which merges them as kubectl does. */
export function kubeconfigSource(config: Config): ConfiguredKubeconfig {
  const path = config.kubernetes.kubeconfig;
  return path === undefined || path.includes(delimiter) ? { kind: 'default' } : { kind: 'file', path };
}
