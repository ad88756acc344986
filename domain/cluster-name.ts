/** The name of a cluster: a DNS label, because it is part of each workflow id and task queue. */

const CLUSTER_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isClusterName(value: string): boolean {
  return CLUSTER_NAME.test(value);
}
