/** What is declared of the privileges of workloads, and which line of it a container is held to. */

import type { Capability } from './capabilities.ts';
import type { ContainerFacts, HostNamespace, LinuxUser, Workload } from './container.ts';

export interface Declaration {
  readonly group: string;
  /** Null: in any namespace that is looked at. */
  readonly namespace: string | null;
  /** Null: of any workload. Never null together with `container`. */
  readonly workload: Workload | null;
  /** Null: all containers of the workload. */
  readonly container: string | null;
  readonly runs: LinuxDeclaration | WindowsDeclaration;
  /** Null where nothing is declared that needs one. */
  readonly reason: string | null;
}

export interface LinuxDeclaration {
  readonly os: 'linux';
  readonly user: LinuxUser;
  readonly capabilities: readonly Capability[];
  /** That a program gets by its file, whoever starts it. */
  readonly fileCapabilities: readonly Capability[];
  /** Covers every capability, namespace and path. */
  readonly privileged: boolean;
  readonly hostNamespaces: readonly HostNamespace[];
  readonly hostRoot: boolean;
}

export interface WindowsDeclaration {
  readonly os: 'windows';
  readonly userName: string;
  readonly hostProcess: boolean;
}

export interface Declarations {
  readonly rows: readonly Declaration[];
  /** Namespaces that are looked at; `*` is all. */
  readonly namespaces: readonly string[];
  /** Those that are not, whatever `namespaces` says. */
  readonly ignore: readonly string[];
}

/** Where no file is: everything that runs is undeclared. */
export const NOTHING_DECLARED: Declarations = { rows: [], namespaces: ['*'], ignore: [] };

export function isLookedAt({ namespaces, ignore }: Declarations, namespace: string): boolean {
  return !ignore.includes(namespace) && (namespaces.includes('*') || namespaces.includes(namespace));
}

/** Whether somebody must say why (M49). */
export function needsReason(runs: Declaration['runs']): boolean {
  if (runs.os === 'windows') return runs.hostProcess;
  const { user, capabilities, fileCapabilities, privileged, hostNamespaces, hostRoot } = runs;
  const lists = [capabilities, fileCapabilities, hostNamespaces];
  return user.uid === 0 || user.gid === 0 || privileged || hostRoot || lists.some((list) => list.length > 0);
}

/** No two rows of a file may have the same. */
export function placeKey({ namespace, workload, container }: Omit<Declaration, 'group' | 'runs' | 'reason'>): string {
  const names = [namespace, workload === null ? null : `${workload.kind}/${workload.name}`, container];
  return names.map((name) => name ?? '*').join(' ');
}

/** The closest row: one that names the container goes before one that names the workload, and that before a namespace. */
export function closestRow(rows: readonly Declaration[], container: ContainerFacts): Declaration | null {
  const matching = rows.filter((row) => matches(row, container));
  return matching.reduce<Declaration | null>(
    (best, row) => (best === null || closeness(row) > closeness(best) ? row : best),
    null,
  );
}

function matches({ namespace, workload, container }: Declaration, facts: ContainerFacts): boolean {
  if (namespace !== null && namespace !== facts.namespace) return false;
  if (container !== null && container !== facts.container) return false;
  return workload === null || (workload.kind === facts.workload.kind && workload.name === facts.workload.name);
}

function closeness({ namespace, workload, container }: Declaration): number {
  return (container === null ? 0 : 4) + (workload === null ? 0 : 2) + (namespace === null ? 0 : 1);
}
