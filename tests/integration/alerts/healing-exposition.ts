/** What starter and worker tell Prometheus of the healing in a cluster that is well, and in one that is ill in every respect. */

import { Counter, Gauge, Registry } from 'prom-client';
import type { Condition, Source } from './source.ts';

interface Facts {
  readonly nodes: Readonly<Record<string, number>>;
  readonly overdue: number;
  readonly attemptsPerScrape: number;
  readonly ready: number;
  readonly reconciledSecondsAgo: number;
}

const FACTS: Readonly<Record<Condition, Facts>> = {
  well: {
    nodes: { healed: 40, disabled: 1, 'not-ready': 2, starting: 1, healing: 3, 'waiting-for-ready': 1 },
    overdue: 0,
    attemptsPerScrape: 1,
    ready: 1,
    reconciledSecondsAgo: 5,
  },
  ill: {
    nodes: { healed: 20, starting: 2, healing: 5, stalled: 4, unproven: 3 },
    overdue: 2,
    attemptsPerScrape: 0,
    ready: 0,
    reconciledSecondsAgo: 3_600,
  },
};

const STATES = [
  'healed',
  'disabled',
  'not-ready',
  'starting',
  'healing',
  'waiting-for-ready',
  'stalled',
  'unproven',
  'watching',
  'open',
];

export function starterSource(condition: Condition): Source {
  const facts = FACTS[condition];
  const registry = new Registry();
  const registers = [registry];
  const nodes = new Gauge({ name: 'vigilante_nodes', help: 'nodes', labelNames: ['state'], registers });
  for (const state of STATES) nodes.set({ state }, facts.nodes[state] ?? 0);
  new Gauge({ name: 'vigilante_nodes_overdue', help: 'overdue', registers }).set(facts.overdue);
  const reconciled = new Gauge({ name: 'vigilante_last_reconcile_timestamp_seconds', help: 'reconciled', registers });
  addChecks(registry, facts.ready);
  return { registry, advance: () => reconciled.set(Date.now() / 1_000 - facts.reconciledSecondsAgo) };
}

/** The part of the worker's page; returns what happens between two scrapes. */
export function addAttempts(registry: Registry, condition: Condition): () => void {
  const { attemptsPerScrape, ready } = FACTS[condition];
  const attempts = new Counter({
    name: 'vigilante_attempts_total',
    help: 'attempts',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of ['created', 'rejected', 'skipped']) attempts.inc({ result }, 0);
  addChecks(registry, ready);
  return () => attempts.inc({ result: 'created' }, attemptsPerScrape);
}

function addChecks(registry: Registry, ready: number): void {
  const gauge = new Gauge({ name: 'vigilante_ready', help: 'ready', labelNames: ['check'], registers: [registry] });
  for (const check of ['nodes', 'temporal']) gauge.set({ check }, ready);
}
