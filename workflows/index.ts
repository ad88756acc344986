/** The workflows of the bundle, and nothing else. */

export { healNode } from './heal-node.ts';
export { watchConnectivity } from './watch-connectivity.ts';
