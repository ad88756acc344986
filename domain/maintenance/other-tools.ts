/** Other tools that reboot or upgrade nodes, as pods and nodes show them: two must not act on one node (M44). */

/** Selectors of pods that act on the node that they run on. */
export const TOOL_PODS: readonly { readonly tool: string; readonly selector: string }[] = [
  { tool: 'kured', selector: 'name=kured' },
  { tool: 'kured', selector: 'app.kubernetes.io/name=kured' },
  { tool: 'system-upgrade-controller', selector: 'upgrade.cattle.io/plan' },
];

const MCO = 'machineconfiguration.openshift.io';

/** What the node itself says of tools that are at work on it. */
export function toolsOnNode(annotations: Readonly<Record<string, string>>): readonly string[] {
  const [current, desired] = [annotations[`${MCO}/currentConfig`], annotations[`${MCO}/desiredConfig`]];
  return current === desired ? [] : ['machine-config-operator'];
}
