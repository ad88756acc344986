/** The variables by which a process joins a sandbox. */

import {
  collectorAddress,
  collectorUrl,
  echoUrl,
  fileOf,
  REAL_ECHO_URL,
  type SandboxLayout,
  temporalAddress,
  temporalUiUrl,
} from './layout.ts';

export type SandboxEnvironment = Readonly<
  Record<
    | 'KUBECONFIG'
    | 'TEMPORAL_ADDRESS'
    | 'TEMPORAL_UI_URL'
    | 'TEMPORAL_NAMESPACE'
    | 'COLLECTOR_URL'
    | 'VIGILANTE_CONFIG'
    | 'VIGILANTE_COLLECTOR_ENDPOINT'
    | 'VIGILANTE_COLLECTOR_STORE_PATH'
    | 'VIGILANTE_COLLECTOR_URL',
    string
  >
> &
  /** Only in a sandbox with an echo; with real nodes it is the one behind their router, which this machine does not reach. */
  Readonly<Partial<Record<'ECHO_URL' | 'ECHO_PUBLIC_KEY', string>>>;

export function sandboxEnvironment(layout: SandboxLayout): SandboxEnvironment {
  return {
    KUBECONFIG: fileOf(layout, 'kubeconfig-admin'),
    TEMPORAL_ADDRESS: temporalAddress(layout),
    TEMPORAL_UI_URL: temporalUiUrl(layout),
    TEMPORAL_NAMESPACE: 'default',
    COLLECTOR_URL: collectorUrl(layout),
    VIGILANTE_CONFIG: fileOf(layout, 'conf.yaml'),
    VIGILANTE_COLLECTOR_ENDPOINT: collectorAddress(layout),
    VIGILANTE_COLLECTOR_STORE_PATH: fileOf(layout, 'reports.db'),
    VIGILANTE_COLLECTOR_URL: collectorUrl(layout),
    ...(layout.echo === null
      ? {}
      : {
          ECHO_URL: layout.hasRealNodes ? REAL_ECHO_URL : echoUrl(layout.echo),
          ECHO_PUBLIC_KEY: layout.echo.publicKey,
        }),
  };
}
