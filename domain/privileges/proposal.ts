/** Makes a row of a declaration from what runs. A reason is left empty where one is needed: only a person knows it. */

import type { HostNamespace } from './container.ts';
import type { SeenUser } from './observation.ts';
import type { PrivilegeRow } from './report.ts';
import type { SeenPrivileges } from './seen.ts';

/** As it is written; keys that say nothing are left out. */
export interface ProposedRow {
  readonly namespace: string;
  readonly workload: string;
  readonly container: string;
  /** Empty where it is not known, which the file's parser refuses. */
  readonly user?: string;
  readonly capabilities?: readonly string[];
  readonly fileCapabilities?: readonly string[];
  readonly privileged?: true;
  readonly hostNamespaces?: readonly HostNamespace[];
  readonly hostRoot?: true;
  readonly windowsUser?: string;
  readonly hostProcess?: true;
  readonly reason?: '';
}

/** Null for a row that nothing runs of. */
export function proposedRow({ namespace, workload, container, seen }: PrivilegeRow): ProposedRow | null {
  if (namespace === null || workload === null || container === null || seen === null) return null;
  const runs = isOfWindows(seen) ? windowsKeys(seen) : linuxKeys(seen);
  return { namespace, workload, container, ...runs };
}

function isOfWindows({ users, windowsUser, hostProcess }: SeenPrivileges): boolean {
  return users.length === 0 || windowsUser !== null || hostProcess;
}

function windowsKeys({ windowsUser, hostProcess }: SeenPrivileges): Partial<ProposedRow> {
  return { windowsUser: windowsUser ?? '', ...(hostProcess ? { hostProcess, reason: '' } : {}) };
}

function linuxKeys(seen: SeenPrivileges): Partial<ProposedRow> {
  const { capabilities, privileged, hostNamespaces, hostRoot } = seen;
  const user = userOf(seen.users);
  const key = user?.uid === 0 ? 'capabilities' : 'fileCapabilities';
  const more = {
    ...(capabilities.length === 0 || privileged ? {} : { [key]: capabilities }),
    ...(privileged ? { privileged } : {}),
    ...(hostNamespaces.length === 0 || privileged ? {} : { hostNamespaces }),
    ...(hostRoot && !privileged ? { hostRoot } : {}),
  };
  const isMore = Object.keys(more).length > 0 || user === null || user.uid === 0 || user.gid === 0;
  return {
    user: user === null ? '' : `${user.uid}:${user.gid}`,
    ...more,
    ...(isMore ? { reason: '' as const } : {}),
  };
}

/** Root where any process is root; of others the first. Null where one is not known. */
function userOf(users: readonly SeenUser[]): { readonly uid: number; readonly gid: number } | null {
  if (users.some(({ uid, gid }) => uid === null || gid === null)) return null;
  const roots = users.filter(({ uid }) => uid === 0);
  const [first] = roots.length === 0 ? users : roots.toSorted((one, other) => (one.gid ?? 0) - (other.gid ?? 0));
  return first === undefined || first.uid === null || first.gid === null ? null : { uid: first.uid, gid: first.gid };
}
