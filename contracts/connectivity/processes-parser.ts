/** Parses what agents report of processes, and what the collector answers of them. */

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
import {
  type AgentProcesses,
  CONTAINERS_MAX,
  type ContainerProcesses,
  PROCESSES_MAX,
  PROCESSES_PAGE,
  type ProcessesReport,
  type ReadProcess,
} from './processes.ts';

const ID_MAX = 4_294_967_295;
const TEXT_LENGTH_MAX = 200;
const MASK = /^[0-9a-f]{1,16}$/;
const CONTAINER_ID = /^[0-9a-f]{64}$/;

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

const page = list<AgentProcesses>(
  open<AgentProcesses>({ agent: objectName, namespace: objectName, node: objectName, processes: processesCheck }),
  PROCESSES_PAGE,
);

export function parseProcessesPage(found: unknown): Parsed<readonly AgentProcesses[]> {
  return parsed(found, page, 'processes');
}
