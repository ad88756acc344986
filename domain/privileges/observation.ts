/** What a container has, by the best that is known of it: its processes, else its first process, else its spec (M50). */

import { CAPABILITIES, capabilitiesIn, parseCapability, RUNTIME_DEFAULT } from './capabilities.ts';
import type { ContainerFacts, HostNamespace, LinuxSpec, WindowsSpec } from './container.ts';

/** A process of a container, as an agent reads it. Ids are those inside of a user namespace. */
export interface ProcessFacts {
  readonly uid: number;
  readonly gid: number;
  /** Masks in hexadecimal digits. */
  readonly effective: string;
  readonly permitted: string;
}

export const SOURCES = ['processes', 'status', 'spec'] as const;
export type Source = (typeof SOURCES)[number];

export interface SeenUser {
  /** Null where only the image knows. */
  readonly uid: number | null;
  readonly gid: number | null;
}

export interface LinuxObservation {
  readonly os: 'linux';
  readonly source: Source;
  /** Of all its processes, each once; never empty. */
  readonly users: readonly SeenUser[];
  /** Held by a process, or given by the spec beyond what every container gets. */
  readonly capabilities: readonly string[];
  /** No process can have more, by whatever program. */
  readonly bound: readonly string[];
  readonly privileged: boolean;
  readonly hostNamespaces: readonly HostNamespace[];
  readonly hostRoot: boolean;
}

export interface WindowsObservation extends WindowsSpec {
  readonly os: 'windows';
  readonly source: 'spec';
}

export type Observation = LinuxObservation | WindowsObservation;

/** @param processes of this very container, where an agent has read some */
export function observationOf(container: ContainerFacts, processes: readonly ProcessFacts[]): Observation {
  if (container.os === 'windows') return { os: 'windows', source: 'spec', ...container.spec };
  const { spec, startedAs } = container;
  const { privileged, hostNamespaces, hostRoot } = spec;
  const shared = { os: 'linux', bound: boundOf(spec), privileged, hostNamespaces, hostRoot } as const;
  if (processes.length > 0) {
    const held = processes.flatMap(({ effective, permitted }) => [
      ...capabilitiesIn(effective),
      ...capabilitiesIn(permitted),
    ]);
    return {
      ...shared,
      source: 'processes',
      users: distinctUsers(processes),
      capabilities: sortedOnce([...held, ...addedBy(spec)]),
    };
  }
  const user = startedAs ?? { uid: spec.uid, gid: spec.gid };
  return {
    ...shared,
    source: startedAs === null ? 'spec' : 'status',
    users: [user],
    // Only a process of root holds what it is bound to; others hold nothing but by a file.
    capabilities: user.uid === 0 || privileged ? shared.bound : addedBy(spec),
  };
}

/** The runtime's own set, and what is added, without what is dropped. A name that is dropped and added is there. */
function boundOf({ privileged, add, drop }: LinuxSpec): readonly string[] {
  if (privileged || add.some(isAll)) return sortedOnce(CAPABILITIES);
  const kept = drop.some(isAll) ? [] : RUNTIME_DEFAULT.filter((name) => !namesOf(drop).includes(name));
  return sortedOnce([...kept, ...namesOf(add)]);
}

/** What only somebody who wrote it into the spec can have meant. */
function addedBy({ add, privileged }: LinuxSpec): readonly string[] {
  return privileged || add.some(isAll) ? sortedOnce(CAPABILITIES) : sortedOnce(namesOf(add));
}

/** A name that the kernel does not have is kept: the runtime refuses it, or is newer. */
function namesOf(texts: readonly string[]): readonly string[] {
  return texts.map((text) => parseCapability(text) ?? text.toUpperCase());
}

function isAll(text: string): boolean {
  return text.toUpperCase() === 'ALL';
}

function distinctUsers(processes: readonly ProcessFacts[]): readonly SeenUser[] {
  const byKey = new Map(processes.map(({ uid, gid }) => [`${uid}:${gid}`, { uid, gid }]));
  return [...byKey.values()];
}

function sortedOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}
