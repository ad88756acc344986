/** The variables by which a process joins a sandbox. */

import { fileOf, type SandboxLayout, temporalAddress, temporalUiUrl } from './layout.ts';

export type SandboxEnvironment = Readonly<
  Record<'KUBECONFIG' | 'TEMPORAL_ADDRESS' | 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE' | 'VIGILANTE_CONFIG', string>
>;

export function sandboxEnvironment(layout: SandboxLayout): SandboxEnvironment {
  return {
    KUBECONFIG: fileOf(layout, 'kubeconfig-admin'),
    TEMPORAL_ADDRESS: temporalAddress(layout),
    TEMPORAL_UI_URL: temporalUiUrl(layout),
    TEMPORAL_NAMESPACE: 'default',
    VIGILANTE_CONFIG: fileOf(layout, 'conf.yaml'),
  };
}
