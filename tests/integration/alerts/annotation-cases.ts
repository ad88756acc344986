/** For each alert an example with the labels and the description that a person then reads. */

import { FLEET_ANNOTATION_CASES } from './fleet-cases.ts';
import { HEALING_ANNOTATION_CASES } from './healing-annotation-cases.ts';
import { MAINTENANCE_ANNOTATION_CASES } from './maintenance-cases.ts';
import { RELAPSE_ANNOTATION_CASES } from './relapse-cases.ts';
import type { AnnotationCase } from './rule-case.ts';
import { SOURCE_ANNOTATION_CASES } from './source-cases.ts';
import { TAINT_ANNOTATION_CASES } from './taint-cases.ts';
import { UPGRADE_ANNOTATION_CASES } from './upgrade-cases.ts';

const TARGET = 'job="collector",instance="10.0.0.7:8081",pod="collector-0"';

export const ANNOTATION_CASES: readonly AnnotationCase[] = [
  ...HEALING_ANNOTATION_CASES,
  ...SOURCE_ANNOTATION_CASES,
  ...RELAPSE_ANNOTATION_CASES,
  ...TAINT_ANNOTATION_CASES,
  ...MAINTENANCE_ANNOTATION_CASES,
  ...UPGRADE_ANNOTATION_CASES,
  ...FLEET_ANNOTATION_CASES,
  {
    alert: 'VigilanteAgentsAbsent',
    series: { [`vigilante_connectivity_agents{${TARGET},state="absent"}`]: '2x20' },
    at: '10m',
    labels: { job: 'collector', state: 'absent' },
    description: '2 agents have a pod on a healthy node and no report. `vigilante connectivity` names them.',
  },
  {
    alert: 'VigilanteAgentsOutdated',
    series: { [`vigilante_connectivity_agents{${TARGET},state="outdated"}`]: '7x20' },
    at: '10m',
    labels: { job: 'collector', state: 'outdated' },
    description:
      '7 agents on healthy nodes have not reported for more than two of their intervals. `vigilante connectivity` names them.',
  },
  {
    alert: 'VigilanteConnectivityLost',
    series: {
      [`vigilante_connectivity_agents{${TARGET},state="outdated"}`]: '30x20',
      [`vigilante_connectivity_agents{${TARGET},state="reporting"}`]: '90x20',
    },
    at: '5m',
    labels: { job: 'collector' },
    description: '25% of the agents on healthy nodes do not report.',
  },
  {
    alert: 'VigilanteProbesFailing',
    series: {
      [`vigilante_connectivity_probes{${TARGET},kind="dns",result="failed"}`]: '1x20',
      [`vigilante_connectivity_probes{${TARGET},kind="dns",result="ok"}`]: '7x20',
    },
    at: '10m',
    labels: { job: 'collector', kind: 'dns' },
    description: '12.5% of the dns probes in the newest reports failed.',
  },
  {
    alert: 'VigilanteProbesSlow',
    series: { [`vigilante_connectivity_probe_seconds{${TARGET},kind="http",quantile="0.99"}`]: '2.5x20' },
    at: '15m',
    labels: { job: 'collector', kind: 'http', quantile: '0.99' },
    description: 'One in a hundred http probes takes longer than 2.5s.',
  },
  {
    alert: 'VigilanteCollectorAbsent',
    series: {},
    at: '15m',
    labels: {},
    description: 'No collector has been scraped for 15 minutes. Nobody watches the connectivity of the nodes.',
  },
  {
    alert: 'VigilanteCollectorStoreDown',
    series: { [`vigilante_collector_store_up{${TARGET}}`]: '0x20' },
    at: '5m',
    labels: { job: 'collector', instance: '10.0.0.7:8081', pod: 'collector-0' },
    description: 'The store of the collector 10.0.0.7:8081 does not answer: reports are refused with 503.',
  },
  {
    alert: 'VigilanteVerdictUnknown',
    series: { [`vigilante_connectivity_verdict_known{${TARGET}}`]: '0x20' },
    at: '10m',
    labels: { job: 'collector' },
    description: 'No collector sees the pods and nodes of the cluster, so nothing can be said about the agents.',
  },
  {
    alert: 'VigilanteReportsRefused',
    series: {
      [`vigilante_collector_reports_total{${TARGET},result="stored"}`]: '0+60x20',
      [`vigilante_collector_reports_total{${TARGET},result="limited"}`]: '0+20x20',
    },
    at: '15m',
    labels: { job: 'collector', result: 'limited' },
    description: '25% of the reports were not taken: limited.',
  },
  {
    alert: 'VigilanteEvaluationsStopped',
    series: { 'vigilante_connectivity_evaluations_total{job="worker",instance="a",result="ok"}': '9x40' },
    at: '30m',
    labels: { job: 'worker' },
    description:
      'No worker has evaluated the connectivity in the last 15 minutes: nodes get no condition and no alarm.',
  },
  {
    alert: 'VigilantePrivilegeDrift',
    series: { 'vigilante_privileges_containers{job="maintainer",instance="a",pod="a",judgement="more"}': '4x40' },
    at: '15m',
    labels: { job: 'maintainer', judgement: 'more' },
    description: '4 containers are judged more. `vigilante privileges --drift` names them.',
  },
  {
    alert: 'VigilantePrivilegesUnknown',
    series: {},
    at: '15m',
    labels: {},
    description: 'No maintainer has compared the privileges of workloads within the last interval: no drift is seen.',
  },
];
