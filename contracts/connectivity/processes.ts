/** What an agent reports of the processes of containers on its node, where `-processes` is given. */

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

/** What the collector answers of one agent: where it runs by the word of the cluster, and what it has reported lately. */
export interface AgentProcesses {
  readonly agent: string;
  readonly namespace: string;
  readonly node: string;
  readonly processes: ProcessesReport;
}

/** Agents in a page. A page that has fewer is the last one. */
export const PROCESSES_PAGE = 50;
