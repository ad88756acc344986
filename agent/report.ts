/** Puts a report together: the keys and their order are those of the original agent, ours stand before the zeros. */

import type { AddressLists, AgentReport } from '../contracts/connectivity/agent-report.ts';
import type { HostFacts } from '../contracts/connectivity/host-facts.ts';
import { ownProbeLists } from '../contracts/connectivity/probes.ts';
import type { ProcessesReport } from '../contracts/connectivity/processes.ts';
import type { ProbeFindings } from './probing.ts';

/** The zeros are only there to make it longer than one packet. */
export type SentReport = AgentReport & { readonly zero_extender: readonly number[] };

export interface ReportFacts {
  readonly intervalSeconds: number;
  /** Empty where it is not known. */
  readonly nodeName: string;
  readonly podName: string;
  readonly nowMs: number;
  readonly uptimeSeconds: number;
  /** Null where the system does not list them. */
  readonly interfaces: AddressLists;
  readonly findings: ProbeFindings;
  /** Null where they are not read. */
  readonly processes: ProcessesReport | null;
  /** Null where nothing of it is asked for. */
  readonly host: HostFacts | null;
  readonly zeroExtenderLength: number;
}

export function reportOf(facts: ReportFacts): SentReport {
  const { nslookup, probes } = facts.findings;
  return {
    report_interval: facts.intervalSeconds,
    nodename: facts.nodeName,
    podname: facts.podName,
    hostdate: new Date(facts.nowMs).toISOString(),
    uptime: facts.uptimeSeconds,
    nslookup,
    ips: facts.interfaces,
    network_probes: probes.http,
    // The original server is sent what it knows, unless more is asked for.
    ...ownProbeLists((kind) => (probes[kind].length === 0 ? null : probes[kind])),
    ...(facts.processes === null ? {} : { processes: facts.processes }),
    ...(facts.host === null ? {} : { host: facts.host }),
    zero_extender: Array.from({ length: facts.zeroExtenderLength }, () => 0),
  };
}
