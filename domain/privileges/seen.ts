/** What all containers of one row have together, for people and for a declaration of what runs. */

import type { HostNamespace } from './container.ts';
import type { Observation, SeenUser } from './observation.ts';

export interface SeenPrivileges {
  readonly users: readonly SeenUser[];
  readonly capabilities: readonly string[];
  readonly privileged: boolean;
  readonly hostNamespaces: readonly HostNamespace[];
  readonly hostRoot: boolean;
  /** Only of Windows; null otherwise. */
  readonly windowsUser: string | null;
  readonly hostProcess: boolean;
}

/** Of the users, and of the capabilities. */
const SEEN_MAX = 64;

export function privilegesIn(seen: Observation): SeenPrivileges {
  if (seen.os === 'windows') {
    return {
      users: [],
      capabilities: [],
      privileged: false,
      hostNamespaces: [],
      hostRoot: false,
      windowsUser: seen.userName,
      hostProcess: seen.hostProcess,
    };
  }
  const { users, capabilities, privileged, hostNamespaces, hostRoot } = seen;
  return {
    users: users.slice(0, SEEN_MAX),
    capabilities: capabilities.slice(0, SEEN_MAX),
    privileged,
    hostNamespaces,
    hostRoot,
    windowsUser: null,
    hostProcess: false,
  };
}

export function together(one: SeenPrivileges, other: SeenPrivileges): SeenPrivileges {
  const users = new Map([...one.users, ...other.users].map((user) => [`${user.uid}:${user.gid}`, user]));
  return {
    users: [...users.values()].slice(0, SEEN_MAX),
    capabilities: once(one.capabilities, other.capabilities).toSorted().slice(0, SEEN_MAX),
    privileged: one.privileged || other.privileged,
    hostNamespaces: once(one.hostNamespaces, other.hostNamespaces),
    hostRoot: one.hostRoot || other.hostRoot,
    windowsUser: one.windowsUser ?? other.windowsUser,
    hostProcess: one.hostProcess || other.hostProcess,
  };
}

function once<T>(one: readonly T[], other: readonly T[]): T[] {
  return [...new Set([...one, ...other])];
}
