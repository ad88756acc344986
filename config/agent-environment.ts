/** The environment of an agent. Apart from the other processes' configuration: an agent has no room for its libraries. */

export interface AgentEnvironment {
  /** Null where the variable is not set, or empty. */
  readonly podName: string | null;
  readonly nodeName: string | null;
}

export const POD_NAME_VARIABLE = 'MY_POD_NAME';
export const NODE_NAME_VARIABLE = 'MY_NODE_NAME';

export function readAgentEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): AgentEnvironment {
  return { podName: env[POD_NAME_VARIABLE] || null, nodeName: env[NODE_NAME_VARIABLE] || null };
}
