/** The newest report of every agent, in memory and in the store. */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { type AgentPod, missedReports, type Outage } from '../../domain/connectivity/agent-judgement.ts';
import { messageOf } from '../../domain/error-message.ts';
import {
  type AgentRecord,
  type PodIdentity,
  type RecordChange,
  type ReportStore,
  StoreUnavailable,
} from '../stores/report-store.ts';
import { attribute, type ExpectedPods } from '../verdict/expected-pods.ts';
import type { LastRun } from '../verdict/heartbeat.ts';
import { createOutages } from '../verdict/outages.ts';
import { type AgentTable, createAgentTable } from './agent-table.ts';
import { type KnownAgent, knownAgent, recordOf, takenAt } from './known-agent.ts';
import { applyChange } from './record-changes.ts';
import { createRoom, type Room } from './room.ts';
import { createSeriesCounts, missedBySeries, type SeriesCounts, seriesOf } from './series.ts';
import { createReportTimes, type ReportTimes, type ReportTimesOptions } from './times.ts';
import { createUnreadAgents } from './unread-agents.ts';

export interface AgentRegistryDeps extends ReportTimesOptions {
  readonly store: ReportStore;
  readonly agentsMax: number;
  readonly expected: ExpectedPods;
}

export class AgentRegistry {
  readonly #deps: AgentRegistryDeps;
  readonly #table: AgentTable;
  readonly #room: Room;
  readonly #times: ReportTimes;
  readonly #series = createSeriesCounts();
  readonly #outages = createOutages();
  #open = false;
  /** Why the store could not be read when it was tried last. */
  #openFailure: string | null = null;
  #unread = createUnreadAgents();

  constructor(deps: AgentRegistryDeps) {
    const { expected, agentsMax } = deps;
    this.#deps = deps;
    this.#times = createReportTimes(deps);
    this.#table = createAgentTable({ expected, series: this.#series });
    this.#room = createRoom({ table: this.#table, expected, agentsMax });
  }

  /**
   * Reads the store; until then nothing is answered. `lastRun`: when this collector is known to have run last, and
   * which outages it knew.
   */
  async open(lastRun: LastRun): Promise<void> {
    this.#unread = createUnreadAgents();
    await this.#deps.store
      .open((change) => this.#apply(change))
      .catch((error: unknown) => {
        this.#openFailure = messageOf(error);
        throw error;
      });
    const agents = this.#unread.list();
    const taken = agents.map((agent) => agent.taken);
    for (const outage of this.#times.begin(taken, lastRun)) this.#outages.wasDown(outage);
    for (const agent of agents) this.#table.know({ ...agent, receivedMs: this.#times.receivedMs(agent.taken) });
    this.#unread = createUnreadAgents();
    this.#open = true;
  }

  /** Null when the store was read; then its reports are known. */
  problem(): string | null {
    if (this.#open) return null;
    return `the reports that are stored were not read yet${this.#openFailure === null ? '' : `: ${this.#openFailure}`}`;
  }

  /**
   * Resolves when the report is stored. Throws `StoreUnavailable`, `NoRoom` or `ReportProblem`: then no other agent
   * but a stranger that made room has changed. `proven`: the pod that the agent's token is bound to.
   */
  async take(name: string, report: AgentReport, proven: PodIdentity | null = null): Promise<void> {
    if (!this.#open) throw new StoreUnavailable(this.problem() ?? '');
    const origin = { podName: name, nodeName: report.nodename, proven };
    const { recordName, pod } = attribute(origin, this.#deps.expected.named(name));
    const record = this.#nextRecord({ name: recordName, report, pod });
    const agent = knownAgent(record, takenAt(record).ms);
    this.#discard(this.#room.make(agent));
    return this.#keep(agent, this.#deps.store.save(record));
  }

  /** Knows the record only as text: while it is stored, its objects would take several times the memory. */
  async #keep(agent: KnownAgent, saved: Promise<void>): Promise<void> {
    // Counted before it is stored: reports of one series that come at the same time must not count the same number.
    this.#series.hold(agent.series, agent);
    try {
      await saved;
      this.#outages.succeeded(this.#deps.clock.nowMs());
      this.#table.know(agent);
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#outages.failed(agent.receivedMs);
      this.#series.uncount(agent.series);
      throw error;
    } finally {
      this.#series.release(agent.series);
      this.#room.done(agent);
    }
  }

  /** By the names of their records. Throws `StoreUnavailable`; then they are still there. */
  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#deps.store.remove(names);
    for (const name of names) this.#table.forget(name);
  }

  /** The newest report of any pod of that name. */
  get(podName: string): AgentRecord | undefined {
    const agent = this.#table.newestOf(podName);
    return agent === undefined ? undefined : this.#shown(agent);
  }

  /** The newest report of a pod. */
  of(pod: AgentPod): KnownAgent | undefined {
    return this.#table.of(pod);
  }

  /** The newest report of a pod, whole. */
  recordOf(pod: AgentPod): AgentRecord | undefined {
    const agent = this.#table.of(pod);
    return agent === undefined ? undefined : this.#shown(agent);
  }

  agents(): IterableIterator<KnownAgent> {
    return this.#table.values();
  }

  /** One after the other: all reports as objects would take several times the memory. */
  *reports(): Generator<AgentRecord> {
    for (const agent of this.#table.values()) yield this.#shown(agent);
  }

  /** The names of pods in all reports, each once. */
  podNames(): readonly string[] {
    return [...new Set(Array.from(this.#table.values(), ({ podName }) => podName))];
  }

  /** Whether a pod of that name is expected to report. */
  isExpected(podName: string): boolean {
    return this.#deps.expected.named(podName).length > 0;
  }

  size(): number {
    return this.#table.size();
  }

  outages(): readonly Outage[] {
    return this.#outages.list(this.#deps.clock.nowMs());
  }

  /** Reports of each series, and those that did not come when they were due, up to now. */
  counts(): ReadonlyMap<string, SeriesCounts> {
    const outages = this.outages();
    return this.#series.withMissed(missedBySeries(this.#table.values(), { nowMs: this.#deps.clock.nowMs(), outages }));
  }

  /** Series that are kept; never more than agents, but for those that are being stored. */
  seriesCount(): number {
    return this.#series.size();
  }

  /** What is not removed now goes at the latest after its time. */
  #discard(names: readonly string[]): void {
    if (names.length > 0) this.#deps.store.remove(names).catch(() => undefined);
  }

  #nextRecord(of: Pick<AgentRecord, 'name' | 'report'> & { readonly pod: PodIdentity | null }): AgentRecord {
    const { name, report, pod } = of;
    const taken = this.#times.now();
    const before = this.#table.get(name);
    const missed = before === undefined ? 0 : missedReports(before, { nowMs: taken.ms, outages: this.outages() });
    const counts = this.#series.get(seriesOf(report));
    return {
      name,
      report,
      taken,
      ...(pod === null ? {} : { pod }),
      lastUpdatedMs: this.#deps.clock.toWallMs(taken.ms),
      reportCount: (counts?.reportCount ?? 0) + 1,
      missCount: (counts?.missCount ?? 0) + missed,
    };
  }

  #apply(change: RecordChange): boolean {
    if (!this.#open) return applyChange(change, { to: this.#unread, receivedMs: () => 0 });
    return applyChange(change, { to: this.#table, receivedMs: (taken) => this.#times.receivedMs(taken) });
  }

  #shown(agent: KnownAgent): AgentRecord {
    return recordOf(agent, this.#deps.clock.toWallMs(agent.receivedMs));
  }
}
