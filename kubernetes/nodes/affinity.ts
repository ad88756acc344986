/** Pins a pod to one node. */

/** By name, not by the hostname label, which a cloud may set to something else. The scheduler still has its say. */
export function nodeAffinity(name: string) {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
}
