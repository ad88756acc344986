/** What the starter measures (H18). */

import { Counter, Gauge, type Registry } from 'prom-client';

import { MARK_STANDINGS, type MarkStanding } from '../domain/node/mark.ts';
import { NODE_STATES, type NodeState } from './healing/node-states.ts';

export interface StarterMetrics {
  setNodeStates(counts: Readonly<Record<NodeState, number>>): void;
  /** Nodes that are marked as healed, by what the mark is worth. */
  setMarks(counts: Readonly<Record<MarkStanding, number>>): void;
  countEventDropped(): void;
  setOverdue(nodes: number): void;
  /** Windows nodes that one reconcile found NotReady, as cops-vigilante counted them in each of its passes. */
  countNotReady(nodes: number): void;
  /** `tell` is a signal: the value of the label is what dashboards know. */
  countRequest(request: { kind: 'start' | 'tell'; result: 'done' | 'closed' | 'failed' }): void;
  countStrayPod(): void;
  /** Healing pods that are deleted, but held by finalizers of others. */
  setPodsHeld(count: number): void;
  reconciled(): void;
}

export interface AllStarterMetrics extends StarterMetrics {
  /** Of another profile than `snat`: its nodes by state; requests, Events and stray pods are counted with all others. */
  ofProfile(profile: string): StarterMetrics;
}

export function createStarterMetrics(registry: Registry): AllStarterMetrics {
  const registers = [registry];
  const nodes = new Gauge({
    name: 'vigilante_nodes',
    help: 'Windows nodes by state. Each replica of the starter counts all of them: take the maximum.',
    labelNames: ['state'],
    registers,
  });
  const marks = new Gauge({
    name: 'vigilante_nodes_marked',
    help: 'Windows nodes marked as healed, by what the proof of the mark says of their machine. Each replica of the starter counts all of them: take the maximum.',
    labelNames: ['proof'],
    registers,
  });
  const eventsDropped = new Counter({
    name: 'vigilante_events_dropped_total',
    help: 'Events about nodes that the API server refused.',
    registers,
  });
  const overdue = new Gauge({
    name: 'vigilante_nodes_overdue',
    help: 'Windows nodes whose heal should long have ended one way or the other, as far as this replica saw: take the maximum.',
    registers,
  });
  const notReady = new Counter({
    name: 'cops_vigilante_snat_number_of_not_ready_nodes_found',
    help: 'Count of nodes in not ready state found during attempting to heal the SNAT issue.',
    registers,
  });
  const requests = new Counter({
    name: 'vigilante_starter_requests_total',
    help: 'Starts of heals (one that finds its heal running is done, too) and signals about a changed node.',
    labelNames: ['kind', 'result'],
    registers,
  });
  const strays = new Counter({
    name: 'vigilante_stray_pods_removed_total',
    help: 'Healing pods removed because no running heal owned them.',
    registers,
  });
  const podsHeld = new Gauge({
    name: 'vigilante_healing_pods_held',
    help: 'Healing pods that are deleted, but held by finalizers of others, as of the last reconcile. Each replica counts all of them: take the maximum.',
    registers,
  });
  const lastReconcile = new Gauge({
    name: 'vigilante_last_reconcile_timestamp_seconds',
    help: 'When nodes and heals were last compared in full.',
    registers,
  });
  for (const state of NODE_STATES) nodes.set({ state }, 0);
  for (const proof of MARK_STANDINGS) marks.set({ proof }, 0);
  const metrics: StarterMetrics = {
    setNodeStates(counts) {
      for (const state of NODE_STATES) nodes.set({ state }, counts[state]);
    },
    setMarks(counts) {
      for (const proof of MARK_STANDINGS) marks.set({ proof }, counts[proof]);
    },
    countEventDropped: () => eventsDropped.inc(),
    setOverdue: (count) => overdue.set(count),
    countNotReady: (count) => notReady.inc(count),
    countRequest: (request) => requests.inc(request),
    countStrayPod: () => strays.inc(),
    setPodsHeld: (count) => podsHeld.set(count),
    reconciled: () => lastReconcile.setToCurrentTime(),
  };
  return { ...metrics, ofProfile: profileMetrics(registry, metrics) };
}

function profileMetrics(registry: Registry, shared: StarterMetrics): AllStarterMetrics['ofProfile'] {
  const profileNodes = new Gauge({
    name: 'vigilante_profile_nodes',
    help: 'Nodes of a profile other than snat, by state. Each replica of the starter counts all of them: take the maximum.',
    labelNames: ['profile', 'state'],
    registers: [registry],
  });
  return (profile) => ({
    ...shared,
    setNodeStates(counts) {
      for (const state of NODE_STATES) profileNodes.set({ profile, state }, counts[state]);
    },
    setMarks: () => {},
    setOverdue: () => {},
    countNotReady: () => {},
    setPodsHeld: () => {},
  });
}
