/** What an agent reports of the processes of containers on its node, where `-processes` is given. */

import {
  type Check,
  countFromZero,
  flag,
  list,
  name as objectName,
  open,
  orNull,
  type Parsed,
  parsed,
  value,
  wholeNumber,
} from '../shape.ts';

/** Processes of a container that are alike are one. */
export interface ReadProcess {
  /** Of one of them. */
  readonly name: string;
  /** Effective ids; those inside of a user namespace, where there is one. */
  readonly uid: number;
  readonly gid: number;
  /** Masks of capabilities in hexadecimal digits, as the kernel shows them. */
  readonly effective: string;
  readonly permitted: string;
  readonly noNewPrivileges: boolean;
  /** 0 off, 1 strict, 2 filter. */
  readonly seccomp: number;
  readonly userNamespace: boolean;
}

export interface ContainerProcesses {
  /** As in the status of its pod, without the name of the runtime. */
  readonly id: string;
  /** The most privileged first, at most `PROCESSES_MAX`. */
  readonly processes: readonly ReadProcess[];
  /** Others that are left out. */
  readonly omitted: number;
}

export interface ProcessesReport {
  /** At most `CONTAINERS_MAX`. */
  readonly containers: readonly ContainerProcesses[];
  readonly omitted: number;
  /** Why they could not be read, or not all; null where they could. */
  readonly problem: string | null;
}

/** A node is made for 110 pods, a few have 250. */
export const CONTAINERS_MAX = 512;
export const PROCESSES_MAX = 8;

const ID_MAX = 4_294_967_295;
const TEXT_LENGTH_MAX = 200;
const MASK = /^[0-9a-f]{1,16}$/;
export const CONTAINER_ID = /^[0-9a-f]{64}$/;

const shortText = value<string>(
  `a text of at most ${TEXT_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found.length <= TEXT_LENGTH_MAX,
);
const mask = value<string>('hexadecimal digits', (found) => typeof found === 'string' && MASK.test(found));

const containers = list<ContainerProcesses>(
  open<ContainerProcesses>({
    id: value<string>('64 hexadecimal digits', (found) => typeof found === 'string' && CONTAINER_ID.test(found)),
    processes: list(
      open<ReadProcess>({
        name: shortText,
        uid: wholeNumber({ min: 0, max: ID_MAX }),
        gid: wholeNumber({ min: 0, max: ID_MAX }),
        effective: mask,
        permitted: mask,
        noNewPrivileges: flag,
        seccomp: countFromZero,
        userNamespace: flag,
      }),
      PROCESSES_MAX,
    ),
    omitted: countFromZero,
  }),
  CONTAINERS_MAX,
);

const processesCheck: Check<ProcessesReport> = open<ProcessesReport>({
  containers,
  omitted: countFromZero,
  problem: orNull(shortText),
});

/** Keys of a newer agent are left out. */
export function parseProcesses(found: unknown): Parsed<ProcessesReport> {
  const read = parsed(found, processesCheck, 'processes');
  if (!read.ok) return read;
  const { omitted, problem } = read.value;
  return { ok: true, value: { containers: read.value.containers.map(knownKeys), omitted, problem } };
}

function knownKeys({ id, processes, omitted }: ContainerProcesses): ContainerProcesses {
  return {
    id,
    omitted,
    processes: processes.map(
      ({ name, uid, gid, effective, permitted, noNewPrivileges, seccomp, userNamespace }): ReadProcess => ({
        name,
        uid,
        gid,
        effective,
        permitted,
        noNewPrivileges,
        seccomp,
        userNamespace,
      }),
    ),
  };
}

/** What the collector answers of one agent: where it runs by the word of the cluster, and what it has reported lately. */
export interface AgentProcesses {
  readonly agent: string;
  readonly namespace: string;
  readonly node: string;
  readonly processes: ProcessesReport;
}

/** Agents in a page. A page that has fewer is the last one. */
export const PROCESSES_PAGE = 50;

const page = list<AgentProcesses>(
  open<AgentProcesses>({ agent: objectName, namespace: objectName, node: objectName, processes: processesCheck }),
  PROCESSES_PAGE,
);

export function parseProcessesPage(found: unknown): Parsed<readonly AgentProcesses[]> {
  return parsed(found, page, 'processes');
}
