/** The workflows of the bundle, and nothing else. */

export { watchConnectivity } from './connectivity/watch-connectivity.ts';
export { healNode } from './healing/heal-node.ts';
