/** What a worker tells Prometheus of the endpoints that healing pods ask, in a cluster that is well, and in one that is ill. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Condition } from './source.ts';

/** Between two scrapes, by endpoint and by what it saw. */
const ANSWERS: Readonly<Record<Condition, Readonly<Record<string, Readonly<Record<string, number>>>>>> = {
  well: { good: { own: 60, node: 3, other: 1 } },
  // In the same network as the nodes; behind a proxy; not there.
  ill: { near: { own: 60 }, behind: { other: 60 }, down: { none: 60 } },
};
const SOURCES = ['own', 'node', 'other', 'invalid', 'none'];
const HEALED_PER_SCRAPE = 30;

/** Returns what happens between two scrapes. */
export function addAnswers(registry: Registry, condition: Condition): () => void {
  const registers = [registry];
  const profile = 'snat';
  const answers = new Counter({
    name: 'vigilante_source_answers_total',
    help: 'answers',
    labelNames: ['profile', 'endpoint', 'source'],
    registers,
  });
  const reachable = new Gauge({ name: 'vigilante_echo_reachable', help: 'reach', labelNames: ['endpoint'], registers });
  const late = new Counter({ name: 'vigilante_refuted_late_total', help: 'late', labelNames: ['profile'], registers });
  const relapses = new Counter({ name: 'vigilante_relapses_total', help: 'relapses', registers });
  const braked = new Counter({ name: 'vigilante_relapses_braked_total', help: 'braked', registers });
  const healed = new Histogram({ name: 'vigilante_ready_to_healed_seconds', help: 'healed', registers });
  const endpoints = Object.entries(ANSWERS[condition]);
  for (const [endpoint] of endpoints) {
    for (const source of SOURCES) answers.inc({ profile, endpoint, source }, 0);
    reachable.set({ endpoint }, endpoint === 'down' ? 0 : 1);
  }
  late.inc({ profile }, 0);
  return () => {
    for (const [endpoint, counts] of endpoints) {
      for (const [source, count] of Object.entries(counts)) answers.inc({ profile, endpoint, source }, count);
    }
    for (let node = 0; node < HEALED_PER_SCRAPE; node += 1) healed.observe(1_800);
    if (condition === 'well') return;
    late.inc({ profile });
    relapses.inc();
    braked.inc();
  };
}
