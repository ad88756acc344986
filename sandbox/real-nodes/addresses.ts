/** Names and addresses of the real nodes. They live in namespaces of their own, so every sandbox has the same ones. */

/** Of the bridge that all nodes are on; it is their router, and the control plane answers there. */
export const ROUTER_ADDRESS = '10.241.0.1';
export const CONTROL_PLANE_PORT = 6443;
/** Where the collector answers nodes that were let to it. */
export const COLLECTOR_PORT = 8081;
/** The host behind the router: no node is on its network. */
export const ECHO_ADDRESS = '10.50.0.10';
export const ECHO_PORT = 8080;
export const ECHO_ROUTER_ADDRESS = '10.50.0.1';

/** What plays the kubelets and the agents of simulated nodes leaves nodes with this label alone. */
export const REAL_NODE_LABEL = 'vigilante.test/real';
/** Selects them for the profile `snat-linux`. */
export const SNAT_LABEL = 'vigilante.test/snat';

export const REAL_NODES_MAX = 20;

export interface RealNode {
  readonly name: string;
  /** `InternalIP` of the node, which is what its SNAT shows. */
  readonly address: string;
  /**
   * Far more addresses than pods: a rule that a pod left behind translates whichever pod gets its address again.
   */
  readonly podSubnet: string;
  /** Name of its link on the bridge. */
  readonly link: string;
}

/** Counted from one: `real-1`. */
export function realNode(number: number): RealNode {
  return {
    name: `real-${number}`,
    address: `10.241.0.${10 + number}`,
    podSubnet: `10.${100 + number}.0.0/16`,
    link: `real-${number}`,
  };
}

export function realNodes(count: number): readonly RealNode[] {
  return Array.from({ length: count }, (_, index) => realNode(index + 1));
}

export function realNodeNamed(name: string, count: number): RealNode | null {
  return realNodes(count).find((node) => node.name === name) ?? null;
}
