/** Reads which privileges the processes of containers have: of each container the kinds that differ, and no more. */

import { promises } from 'node:fs';

import {
  CONTAINERS_MAX,
  type ContainerProcesses,
  PROCESSES_MAX,
  type ProcessesReport,
  type ReadProcess,
} from '../../contracts/connectivity/processes.ts';
import { reasonOf } from '../reason.ts';
import { containerIn, idInside, isMapped, parseStatus } from './proc-files.ts';

export interface ProcessReading {
  /** Reads all processes once. Never rejects. */
  refresh(): Promise<void>;
  /** What was read last; null before the first time. */
  latest(): ProcessesReport | null;
}

/** Kinds of processes of a container that are kept while reading: those that are reported are the worst of them. */
const KINDS_MAX = 64;
const PROBLEM_LENGTH_MAX = 200;
/** Those that ended meanwhile. */
const GONE = ['ENOENT', 'ESRCH'];

type Kinds = Map<string, ReadProcess>;

/** `-processes` is switched on by itself; the agent needs the PID namespace of its node, and neither root nor a capability. */
export function createProcessReading(folder = '/proc'): ProcessReading {
  let latest: ProcessesReport | null = null;
  return {
    async refresh() {
      try {
        latest = await readProcesses(folder);
      } catch (error) {
        latest = { containers: [], omitted: 0, problem: cut(`${folder} cannot be read: ${reasonOf(error)}`) };
      }
    },
    latest: () => latest,
  };
}

/** One file after the other, lest probes wait. */
async function readProcesses(folder: string): Promise<ProcessesReport> {
  const found = new Map<string, Kinds>();
  const unread: string[] = [];
  for (const pid of await promises.readdir(folder)) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      await readInto(found, `${folder}/${pid}`);
    } catch (error) {
      if (!GONE.includes(codeOf(error))) unread.push(reasonOf(error));
    }
  }
  const containers = [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(containerOf);
  return {
    containers: containers.slice(0, CONTAINERS_MAX),
    omitted: Math.max(0, containers.length - CONTAINERS_MAX),
    problem: problemOf(containers, unread),
  };
}

async function readInto(found: Map<string, Kinds>, process: string): Promise<void> {
  const id = containerIn(await textOf(`${process}/cgroup`));
  if (id === null) return;
  const status = parseStatus(await textOf(`${process}/status`));
  if (status === null) throw new Error(`${process}/status has another form than expected`);
  const uidMap = await textOf(`${process}/uid_map`);
  const userNamespace = isMapped(uidMap);
  const ids = userNamespace
    ? { uid: idInside(uidMap, status.uid), gid: idInside(await textOf(`${process}/gid_map`), status.gid) }
    : {};
  const kinds = found.get(id) ?? new Map<string, ReadProcess>();
  found.set(id, kinds);
  const read = { ...status, ...ids, userNamespace };
  const { name: _, ...kind } = read;
  const key = JSON.stringify(kind);
  if (kinds.size < KINDS_MAX || kinds.has(key)) kinds.set(key, kinds.get(key) ?? read);
}

function textOf(file: string): Promise<string> {
  return promises.readFile(file, 'utf8');
}

function containerOf([id, kinds]: readonly [string, Kinds]): ContainerProcesses {
  const processes = [...kinds.values()].toSorted(
    (one, other) => powerOf(other) - powerOf(one) || (one.name < other.name ? -1 : 1),
  );
  return {
    id,
    processes: processes.slice(0, PROCESSES_MAX),
    omitted: Math.max(0, processes.length - PROCESSES_MAX),
  };
}

/** Root goes before others, then who holds more capabilities. */
function powerOf({ uid, gid, effective, permitted }: ReadProcess): number {
  const held = BigInt(`0x${effective}`) | BigInt(`0x${permitted}`);
  const count = held.toString(2).replaceAll('0', '').length;
  return (uid === 0 ? 128 : 0) + (gid === 0 ? 64 : 0) + count;
}

function problemOf(containers: readonly ContainerProcesses[], unread: readonly string[]): string | null {
  const [first] = unread;
  if (first !== undefined) return cut(`${unread.length} processes cannot be read, the first: ${first}`);
  return containers.length > 0 ? null : 'no process of a container is seen: the pod of the agent needs hostPID';
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function cut(text: string): string {
  return text.slice(0, PROBLEM_LENGTH_MAX);
}
