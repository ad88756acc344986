/**
 * Where reports are kept. One interface for all stores, and one conformance suite (tests/integration/stores).
 *
 * The collector answers from its own memory. A store is read page by page when it is opened and is given each new
 * record. Where several collectors share it, it reports what the others wrote.
 */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';

/** The pod that a report is from. */
export interface PodIdentity {
  readonly namespace: string;
  readonly uid: string;
}

/** When a report was taken, by a clock that never steps: only moments of one clock can be compared. */
export interface TakenAt {
  /** Names one run of a collector. */
  readonly clock: string;
  readonly ms: number;
}

/** The newest report of an agent, with the counters of its series. */
export interface AgentRecord {
  /** Name of the record: that of the agent's pod, unless several expected pods share it. */
  readonly name: string;
  readonly report: AgentReport;
  /** When the collector took it, by its wall clock, for people; milliseconds since 1970. */
  readonly lastUpdatedMs: number;
  /** Missing in what older versions wrote. */
  readonly taken?: TakenAt;
  /** Missing where no pod of that name was known when the report came. */
  readonly pod?: PodIdentity;
  /** Reports of the agent's series (`<node>-private_network` or `<node>-host_network`), this one included. */
  readonly reportCount: number;
  /** Reports of that series that did not come when they were due, as of this one. */
  readonly missCount: number;
}

export type RecordChange =
  | { readonly kind: 'set'; readonly record: AgentRecord }
  | { readonly kind: 'removed'; readonly name: string };

/** The store did not take a record, or cannot be reached: the report is refused with 503, nothing was acknowledged. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The file of the store is damaged, not ours or cannot be written. A person must look: trying again cannot help. */
export class StoreFileFault extends Error {
  override readonly name = 'StoreFileFault';
}

/** Returns whether the record is kept: false where there is no room for it in memory. */
export type ChangeListener = (change: RecordChange) => boolean;

export interface ReportStore {
  /**
   * Resolves when the listener was given all records that are kept, never many of them in memory at a time. From then
   * on it is given what others wrote, and the whole content after a time in which it could not be watched. It may be
   * given what this store itself wrote.
   *
   * Rejects with `StoreUnavailable` where the store cannot be reached: call it again, what was given is given again.
   */
  open(onChange: ChangeListener): Promise<void>;
  /**
   * Resolves when the record survives the end of this process (embedded: of the machine). The record that
   * was saved last stays for its name. Rejects with `StoreUnavailable`; the record may then be kept or not.
   */
  save(record: AgentRecord): Promise<void>;
  /** Removes records; names that are not there are fine. Rejects with `StoreUnavailable`. */
  remove(names: readonly string[]): Promise<void>;
  /** Null while the store answers, else what is wrong, for people. Asked at every probe: answers from what is known. */
  problem(): string | null;
  /** What was saved before is kept. */
  close(): Promise<void>;
}
