/** Reads one row of the file of declared privileges. */

import { type Capability, parseCapability } from '../../domain/privileges/capabilities.ts';
import { HOST_NAMESPACES, type LinuxUser, type Workload } from '../../domain/privileges/container.ts';
import type { Declaration, LinuxDeclaration } from '../../domain/privileges/declaration.ts';
import type { Mapping } from '../mapping.ts';

/** Notes a problem with the value at a path of the file. */
export type Complain = (path: readonly (string | number)[], message: string) => void;

export const ROW_KEYS = [
  'namespace',
  'workload',
  'container',
  'user',
  'capabilities',
  'fileCapabilities',
  'privileged',
  'hostNamespaces',
  'hostRoot',
  'windowsUser',
  'hostProcess',
  'reason',
];
/** Keys that say nothing of a Windows container. */
const LINUX_KEYS = ['user', 'capabilities', 'fileCapabilities', 'privileged', 'hostNamespaces', 'hostRoot'];

const USER = /^(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9})$/;
const ID_MAX = 4_294_967_294;
const WORKLOAD = /^([a-z][a-z0-9]*)\/([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)$/;
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const TEXT_LENGTH_MAX = 500;

interface Place {
  readonly group: string;
  readonly path: readonly (string | number)[];
  readonly complain: Complain;
}

/** Null where something is wrong with it, which was complained of. */
export function parseRow(row: Mapping, { group, path, complain }: Place): Declaration | null {
  let isFine = true;
  const fail = (key: string, message: string) => {
    isFine = false;
    complain([...path, key], message);
  };
  const reader: Reader = { row, fail };
  const namespace = nameAt(reader, 'namespace');
  const workload = workloadAt(reader);
  const container = nameAt(reader, 'container');
  if (row['workload'] === undefined && row['container'] === undefined) {
    fail('container', 'expected a container, a workload, or both');
  }
  const runs = row['windowsUser'] === undefined ? linuxAt(reader) : windowsAt(reader);
  const reason = textAt(reader, 'reason');
  return isFine && runs !== null ? { group, namespace, workload, container, runs, reason } : null;
}

interface Reader {
  readonly row: Mapping;
  readonly fail: (key: string, message: string) => void;
}

function linuxAt({ row, fail }: Reader): LinuxDeclaration | null {
  if (row['hostProcess'] !== undefined) fail('hostProcess', 'expected only together with windowsUser');
  const user = parseUser(row['user']);
  if (user === null) {
    const shown = row['user'] === undefined ? 'nothing' : JSON.stringify(row['user']);
    fail('user', `${shown}: expected numbers as "uid:gid", such as "65534:65534"; root is 0`);
  }
  const capabilities = capabilitiesAt({ row, fail }, 'capabilities');
  const fileCapabilities = capabilitiesAt({ row, fail }, 'fileCapabilities');
  for (const twice of fileCapabilities.filter((name) => capabilities.includes(name))) {
    fail('fileCapabilities', `${twice}: expected it once, it is in capabilities as well`);
  }
  const hostNamespaces = listAt({ row, fail }, 'hostNamespaces').flatMap((name) => {
    const known = HOST_NAMESPACES.find((one) => one === name);
    if (known === undefined) fail('hostNamespaces', `${shownOf(name)}: expected ${HOST_NAMESPACES.join(', ')}`);
    return known ?? [];
  });
  const privileged = flagAt({ row, fail }, 'privileged');
  const hostRoot = flagAt({ row, fail }, 'hostRoot');
  if (user === null) return null;
  return { os: 'linux', user, capabilities, fileCapabilities, privileged, hostNamespaces, hostRoot };
}

function windowsAt({ row, fail }: Reader): Declaration['runs'] | null {
  for (const key of LINUX_KEYS.filter((one) => row[one] !== undefined)) {
    fail(key, 'expected only without windowsUser, as it is of Linux');
  }
  const userName = textAt({ row, fail }, 'windowsUser');
  if (userName === null) fail('windowsUser', 'expected a name, such as ContainerUser');
  const hostProcess = flagAt({ row, fail }, 'hostProcess');
  return userName === null ? null : { os: 'windows', userName, hostProcess };
}

function parseUser(value: unknown): LinuxUser | null {
  const [, uid = '', gid = ''] = (typeof value === 'string' ? USER.exec(value) : null) ?? [];
  if (uid === '' || Number(uid) > ID_MAX || Number(gid) > ID_MAX) return null;
  return { uid: Number(uid), gid: Number(gid) };
}

function capabilitiesAt(reader: Reader, key: 'capabilities' | 'fileCapabilities'): readonly Capability[] {
  const found: Capability[] = [];
  for (const entry of listAt(reader, key)) {
    const capability = typeof entry === 'string' ? parseCapability(entry) : null;
    if (capability === null) reader.fail(key, `${shownOf(entry)}: expected the name of a capability, such as NET_RAW`);
    else if (found.includes(capability)) reader.fail(key, `${capability}: expected it once`);
    else found.push(capability);
  }
  return found;
}

function workloadAt({ row, fail }: Reader): Workload | null {
  const value = row['workload'];
  if (value === undefined) return null;
  const [, kind = '', name = ''] = (typeof value === 'string' ? WORKLOAD.exec(value) : null) ?? [];
  if (kind === '') fail('workload', `${shownOf(value)}: expected kind/name in lower case, such as daemonset/ndt`);
  return { kind, name };
}

function nameAt({ row, fail }: Reader, key: 'namespace' | 'container'): string | null {
  const value = row[key];
  if (value === undefined) return null;
  if (typeof value === 'string' && NAME.test(value)) return value;
  fail(key, `${shownOf(value)}: expected a name of lower case letters, digits and dashes`);
  return null;
}

/** Null where it is missing or empty. */
function textAt({ row, fail }: Reader, key: string): string | null {
  const value = row[key] ?? '';
  if (typeof value !== 'string' || value.length > TEXT_LENGTH_MAX) {
    fail(key, `${shownOf(value)}: expected a text of at most ${TEXT_LENGTH_MAX} characters`);
    return null;
  }
  return value.trim() === '' ? null : value.trim();
}

function flagAt({ row, fail }: Reader, key: string): boolean {
  const value = row[key] ?? false;
  if (typeof value !== 'boolean') fail(key, `${shownOf(value)}: expected true or false`);
  return value === true;
}

function listAt({ row, fail }: Reader, key: string): readonly unknown[] {
  const value = row[key] ?? [];
  if (Array.isArray(value)) return value;
  fail(key, `${shownOf(value)}: expected a list`);
  return [];
}

const SHOWN_LENGTH_MAX = 80;

function shownOf(value: unknown): string {
  return JSON.stringify(value)?.slice(0, SHOWN_LENGTH_MAX) ?? 'nothing';
}
