/** Reports as custom resources, for several collectors and for `kubectl get agents`: one request per report. */

import { ClusterError, clusterFailure, isRefused } from '../../kubernetes/client/cluster-error.ts';
import type { ClusterConnection } from '../../kubernetes/client/connection.ts';
import { backoffMs } from '../../kubernetes/client/pause.ts';
import type { AgentObject, AgentWatch } from '../../kubernetes/connectivity/agent-resources.ts';
import {
  AGENT_GROUP,
  type AgentResources,
  createAgentResources,
  isDefinitionMissing,
} from '../../kubernetes/connectivity/agent-resources.ts';
import { pause } from '../../runtime/pause.ts';
import { ZERO_TIME } from '../netchecker/go-time.ts';
import { agentContent, recordOfAgent } from './agent-content.ts';
import { type AgentRecord, type ChangeListener, type ReportStore, StoreUnavailable } from './report-store.ts';
import { createSeenRecords, type SeenRecords } from './seen-records.ts';
import { createStoreHealth, createWatchHealth, type WatchHealth } from './store-health.ts';
import { parseRecordText, recordText } from './stored-record.ts';
import { createWriteQueue, NONE_REFUSED, type QueuedWrite } from './write-queue.ts';

export interface CustomResourceStoreOptions {
  readonly connection: ClusterConnection;
  readonly namespace: string;
  readonly onProblem: (message: string) => void;
  /** An object was written. */
  readonly onCommit?: (recordCount: number) => void;
}

/** Half of the connections to the API server: the rest is for the collector's informers and the reviews of tokens. */
const WRITES_AT_ONCE_MAX = 32;
/** Longer than the API server may take for one request: a write that it answers late was stored all the same. */
const WRITE_OVERDUE_MS = 45_000;
const PAUSE_MAX_MS = 5_000;
/** What a store that works takes; never kept. */
const PROBE_RECORD: AgentRecord = {
  name: 'probe',
  report: {
    report_interval: 60,
    nodename: 'node',
    podname: 'probe',
    hostdate: ZERO_TIME,
    uptime: 1,
    nslookup: null,
    network_probes: [],
    ips: { lo: ['127.0.0.1/8'] },
  },
  lastUpdatedMs: 0,
  reportCount: 1,
  missCount: 0,
};
/** What is wrong with one object and not with the store: malformed, conflicting, too large, not valid. */
const STATUSES_OF_OBJECT: readonly number[] = [400, 409, 413, 422];

export function createCustomResourceStore(options: CustomResourceStoreOptions): ReportStore {
  const { connection, namespace, onProblem, onCommit } = options;
  const resources = createAgentResources(connection, namespace);
  const stopping = new AbortController();
  const { signal } = stopping;
  let watching: Promise<void> | null = null;

  const health = createStoreHealth({
    probe: () =>
      resources.checkWritable(agentContent(PROBE_RECORD)).catch((error: unknown) => Promise.reject(unavailable(error))),
    onProblem,
  });

  const watchHealth = createWatchHealth({ onProblem });

  async function write({ name, value }: QueuedWrite<string>): Promise<void> {
    try {
      if (value === null) await resources.remove(name);
      else await resources.write(name, agentContent(parseRecordText(value, name)));
    } catch (error) {
      const problem = unavailable(error);
      if (isOfObject(error) && (await health.takesOthers(problem))) throw problem;
      health.failed(problem);
      queue.rejectWaiting(problem);
      throw problem;
    }
    health.worked();
    onCommit?.(1);
  }

  // As text: what waits would take several times the memory as objects.
  const queue = createWriteQueue<string>({
    lanesMax: WRITES_AT_ONCE_MAX,
    batchWritesMax: 1,
    batchBytesMax: 1,
    overdueMs: WRITE_OVERDUE_MS,
    onOverdue: (error) => health.failed(error),
    async perform(batch) {
      for (const one of batch) await write(one);
      return NONE_REFUSED;
    },
  });

  return {
    async open(onChange: ChangeListener) {
      const place = `the custom resources of namespace ${namespace}`;
      const seen = createSeenRecords({ parse: recordOfAgent, place, onChange, onProblem });
      const first = Promise.withResolvers<void>();
      watching = watchAgents({ resources, seen, signal, first, health: watchHealth });
      return first.promise;
    },
    save: (record) => queue.add({ name: record.name, value: recordText(record), bytes: 1 }),
    async remove(names) {
      await Promise.all(names.map((name) => queue.add({ name, value: null, bytes: 1 })));
    },
    problem: () => health.problem() ?? watchHealth.problem(),
    async close() {
      await queue.close();
      stopping.abort();
      await Promise.all([watching, health.stop()]);
    },
  };
}

interface Watching {
  readonly resources: AgentResources;
  readonly seen: SeenRecords<AgentObject>;
  readonly signal: AbortSignal;
  /** Resolves after the first list, or gets why it failed; then the watch ends. */
  readonly first: PromiseWithResolvers<void>;
  readonly health: WatchHealth;
}

/** Lists and watches until the signal. */
async function watchAgents({ resources, seen, signal, first, health }: Watching): Promise<void> {
  let opened = false;
  let listing = seen.list();
  const watch: AgentWatch = {
    signal,
    onPage(objects) {
      for (const object of objects) listing.set(object.name, object);
    },
    onNotice(notice) {
      if (notice.kind === 'set') return seen.set(notice.value.name, notice.value);
      if (notice.kind === 'left') return seen.removed(notice.value.name);
      listing.end();
      opened = true;
      first.resolve();
    },
    onAlive: () => health.alive(),
  };
  let failures = 0;
  while (!signal.aborted) {
    const startedMs = performance.now();
    // Pages of a list that was broken off belong to no list.
    listing = seen.list();
    try {
      await resources.listAndWatch(watch);
    } catch (error) {
      const problem = unavailable(error);
      first.reject(problem);
      if (!opened || signal.aborted) return;
      // The next list makes up for a watch that broke off or whose version is no longer kept. Its failure is reported.
      if (error instanceof ClusterError && !isRefused(error, 410)) health.failed(problem.message);
      failures = performance.now() - startedMs > PAUSE_MAX_MS ? 0 : failures + 1;
      await pause(backoffMs({ failures, maxMs: PAUSE_MAX_MS }), signal);
    }
  }
}

function isOfObject(error: unknown): boolean {
  const failure = error instanceof ClusterError ? error.failure : null;
  return failure?.kind === 'refused' && STATUSES_OF_OBJECT.includes(failure.status);
}

/** Says what to do where a person must. */
function unavailable(error: unknown): StoreUnavailable {
  const { message } = clusterFailure(error);
  const advice = adviceFor(error);
  return new StoreUnavailable(advice === null ? message : `${message}; ${advice}`, { cause: error });
}

function adviceFor(error: unknown): string | null {
  if (isDefinitionMissing(error)) {
    return `the custom resource definition agents.${AGENT_GROUP} is missing: apply crds/agents.yaml of the chart`;
  }
  const failure = error instanceof ClusterError ? error.failure : null;
  if (failure?.kind !== 'refused' || failure.status !== 403) return null;
  return `the collector needs the verbs list, watch, create, patch and delete on agents.${AGENT_GROUP}`;
}
