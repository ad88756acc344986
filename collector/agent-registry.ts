/** The newest report of every agent, in memory and in the store. */

import type { AgentReport } from '../contracts/agent-report.ts';
import { missedReports, type Outage } from '../domain/agent-judgement.ts';
import type { LastRun } from './heartbeat.ts';
import { type KnownAgent, knownAgent, recordOf } from './known-agent.ts';
import { createOutages } from './outages.ts';
import { ReportProblem } from './report-problem.ts';
import type { AgentRecord, RecordChange, ReportStore } from './report-store.ts';
import { StoreUnavailable } from './report-store.ts';
import { seriesOf } from './series.ts';
import { createSeriesCounts, type SeriesCounts } from './series-counts.ts';

/** A report without its zero extender; that of a host with hundreds of pods has some kilobytes. */
const REPORT_BYTES_MAX = 65_536;
/** Of all reports together, so that nobody fills the memory. */
const TOTAL_BYTES_MAX = 96 * 1_048_576;

export interface AgentRegistryDeps {
  readonly store: ReportStore;
  readonly agentsMax: number;
  readonly now: () => number;
}

/** There is no room for the report: too many agents are known, or their reports are too large together. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

export class AgentRegistry {
  readonly #deps: AgentRegistryDeps;
  readonly #agents = new Map<string, KnownAgent>();
  #totalBytes = 0;
  /** Names of agents whose first report is on its way into the store. */
  readonly #arriving = new Map<string, number>();
  readonly #series = createSeriesCounts();
  readonly #outages = createOutages();
  #open = false;

  constructor(deps: AgentRegistryDeps) {
    this.#deps = deps;
  }

  /**
   * Reads the store; until then nothing is answered. `lastRun`: when this collector is known to have run last, and
   * which outages it knew.
   */
  async open({ lastAliveMs, outages }: LastRun): Promise<void> {
    const records = await this.#deps.store.open((change) => this.#apply(change));
    for (const record of records) this.#apply({ kind: 'set', record });
    const nowMs = this.#deps.now();
    for (const outage of outages) this.#outages.wasDown(outage);
    if (lastAliveMs !== null && lastAliveMs < nowMs) this.#outages.wasDown({ fromMs: lastAliveMs, untilMs: nowMs });
    this.#open = true;
  }

  isOpen(): boolean {
    return this.#open;
  }

  /** Resolves when the report is stored. Throws `StoreUnavailable`, `NoRoom` or `ReportProblem`: then nothing has changed. */
  async take(name: string, report: AgentReport): Promise<void> {
    if (!this.#open) throw new StoreUnavailable('the reports that are stored were not read yet');
    const record = this.#nextRecord(name, report);
    const agent = knownAgent(record);
    this.#demandRoom(name, agent.text.length);
    const { series } = agent;
    // Counted before it is stored: reports of one series that come at the same time must not count the same number.
    this.#series.raise(series, record);
    this.#arriving.set(name, (this.#arriving.get(name) ?? 0) + 1);
    try {
      await this.#deps.store.save(record);
      this.#outages.succeeded(this.#deps.now());
      this.#know(agent);
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#outages.failed(record.lastUpdatedMs);
      this.#series.uncount(series);
      throw error;
    } finally {
      const others = (this.#arriving.get(name) ?? 1) - 1;
      if (others === 0) this.#arriving.delete(name);
      else this.#arriving.set(name, others);
    }
  }

  /** Throws `StoreUnavailable`; then they are still there. */
  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#deps.store.remove(names);
    for (const name of names) this.#forget(name);
  }

  /** With the whole report. */
  get(name: string): AgentRecord | undefined {
    const agent = this.#agents.get(name);
    return agent === undefined ? undefined : recordOf(agent);
  }

  facts(name: string): KnownAgent | undefined {
    return this.#agents.get(name);
  }

  agents(): IterableIterator<KnownAgent> {
    return this.#agents.values();
  }

  /** One after the other: all reports as objects would take several times the memory. */
  *reports(): Generator<AgentRecord> {
    for (const agent of this.#agents.values()) yield recordOf(agent);
  }

  size(): number {
    return this.#agents.size;
  }

  outages(): readonly Outage[] {
    return this.#outages.list(this.#deps.now());
  }

  /** Reports of each series, and those that did not come when they were due, up to now. */
  counts(): ReadonlyMap<string, SeriesCounts> {
    const at = { nowMs: this.#deps.now(), outages: this.outages() };
    const missed = new Map<string, number>();
    for (const agent of this.#agents.values()) {
      missed.set(agent.series, (missed.get(agent.series) ?? 0) + missedReports(agent, at));
    }
    return this.#series.withMissed(missed);
  }

  #demandRoom(name: string, bytes: number): void {
    if (bytes > REPORT_BYTES_MAX) {
      throw new ReportProblem(
        `the report: ${bytes} bytes without its zero extender: expected at most ${REPORT_BYTES_MAX}`,
      );
    }
    const known = this.#agents.get(name);
    if (this.#totalBytes - (known?.text.length ?? 0) + bytes > TOTAL_BYTES_MAX) {
      throw new NoRoom(`the reports that are kept have ${TOTAL_BYTES_MAX} bytes together: no larger one is taken`);
    }
    if (known !== undefined || this.#arriving.has(name)) return;
    const { agentsMax } = this.#deps;
    const arriving = [...this.#arriving.keys()].filter((other) => !this.#agents.has(other)).length;
    if (this.#agents.size + arriving < agentsMax) return;
    throw new NoRoom(
      `reports of ${agentsMax} agents are kept, which is collector.agents.max: none of another is taken`,
    );
  }

  #nextRecord(name: string, report: AgentReport): AgentRecord {
    const nowMs = this.#deps.now();
    const before = this.#agents.get(name);
    const missed = before === undefined ? 0 : missedReports(before, { nowMs, outages: this.outages() });
    const counts = this.#series.get(seriesOf(report));
    return {
      name,
      report,
      lastUpdatedMs: nowMs,
      reportCount: (counts?.reportCount ?? 0) + 1,
      missCount: (counts?.missCount ?? 0) + missed,
    };
  }

  #apply(change: RecordChange): void {
    if (change.kind === 'removed') {
      this.#forget(change.name);
      return;
    }
    this.#know(knownAgent(change.record));
  }

  #know(agent: KnownAgent): void {
    const before = this.#agents.get(agent.name);
    // What another collector wrote may be told late.
    if (before !== undefined && before.lastUpdatedMs > agent.lastUpdatedMs) return;
    this.#totalBytes += agent.text.length - (before?.text.length ?? 0);
    this.#agents.set(agent.name, agent);
    this.#series.raise(agent.series, agent);
  }

  #forget(name: string): void {
    this.#totalBytes -= this.#agents.get(name)?.text.length ?? 0;
    this.#agents.delete(name);
  }
}
