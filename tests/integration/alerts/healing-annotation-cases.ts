/** For each alert about healing an example with the labels and the description that a person then reads. */

import type { AnnotationCase } from './rule-case.ts';

const STARTER = 'job="starter",namespace="care",instance="10.0.0.8:8000",pod="starter-0"';
const WORKER = 'job="worker",namespace="care",instance="10.0.0.9:8000",pod="worker-0"';
const OF_STARTER = { job: 'starter', namespace: 'care' };

export const HEALING_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteHealsStalled',
    series: { [`vigilante_nodes{${STARTER},state="stalled"}`]: '3x20' },
    at: '15m',
    labels: { ...OF_STARTER, state: 'stalled' },
    description:
      'The heals of 3 nodes are stalled: too many attempts in a row were refused. `vigilante status -o wide` says why.',
  },
  {
    alert: 'VigilanteHealsUnproven',
    series: { [`vigilante_nodes{${STARTER},state="unproven"}`]: '2x20' },
    at: '5m',
    labels: { ...OF_STARTER, state: 'unproven' },
    description: 'The heals of 2 nodes ended without enough proof. `vigilante status -o wide` shows what was seen.',
  },
  {
    alert: 'VigilanteHealsOverdue',
    series: { [`vigilante_nodes_overdue{${STARTER}}`]: '4x20' },
    at: '5m',
    labels: OF_STARTER,
    description: '4 nodes have been healing for four windows and more, where two are the most.',
  },
  {
    alert: 'VigilanteHealingStopped',
    series: {
      [`vigilante_nodes{${STARTER},state="healing"}`]: '5x40',
      [`vigilante_nodes{${STARTER.replaceAll('0', '1')},state="healing"}`]: '5x40',
      [`vigilante_nodes{${STARTER},state="starting"}`]: '1x40',
      [`vigilante_attempts_total{${WORKER},result="created"}`]: '7x40',
    },
    at: '30m',
    labels: { namespace: 'care' },
    description:
      '6 nodes need healing, and for five minutes and more there was no attempt. Pods on them may have no network.',
  },
  {
    alert: 'VigilanteWorkerAbsent',
    series: {},
    at: '15m',
    labels: {},
    description: 'No worker has been scraped for 15 minutes. Heals do not go on without one.',
  },
  {
    alert: 'VigilanteStarterAbsent',
    series: {},
    at: '15m',
    labels: {},
    description:
      'No starter has been scraped for 15 minutes. New Windows nodes are not found, and nobody knows how many wait.',
  },
  {
    alert: 'VigilanteReconcileStopped',
    series: { [`vigilante_last_reconcile_timestamp_seconds{${STARTER}}`]: '0x40' },
    at: '20m',
    labels: OF_STARTER,
    description:
      'For more than ten minutes no starter has compared the nodes with their heals: what it tells of them is old, and new ones may be missed.',
  },
  {
    alert: 'VigilanteTemporalUnreached',
    series: { [`vigilante_ready{${WORKER},check="temporal"}`]: '0x20' },
    at: '10m',
    labels: { job: 'worker', namespace: 'care', check: 'temporal' },
    description: '1 processes of worker have not reached Temporal for 10 minutes. Their /readyz says why.',
  },
  {
    alert: 'VigilanteNodesUnwatched',
    series: {
      [`vigilante_ready{${STARTER},check="nodes"}`]: '0x20',
      [`vigilante_ready{${STARTER.replaceAll('0', '1')},check="nodes"}`]: '0x20',
    },
    at: '10m',
    labels: { ...OF_STARTER, check: 'nodes' },
    description: '2 processes of starter have not seen the nodes for 10 minutes. Their /readyz says why.',
  },
];
