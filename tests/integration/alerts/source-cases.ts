/** Alerts about the endpoints that healing pods ask: series below, at and above each limit, and what a person reads. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

function worker(metric: string, labels: string, replica = 'a'): string {
  const own = labels === '' ? '' : `,${labels}`;
  return `${metric}{job="worker",namespace="care",instance="${replica}",pod="${replica}"${own}}`;
}

const reachable = (endpoint = 'one', replica = 'a') =>
  worker('vigilante_echo_reachable', `endpoint="${endpoint}"`, replica);
const answers = (source: string, endpoint = 'one', replica = 'a') =>
  worker('vigilante_source_answers_total', `profile="snat",endpoint="${endpoint}",source="${source}"`, replica);
const healed = (replica = 'a') => worker('vigilante_ready_to_healed_seconds_count', '', replica);
const late = (replica = 'a') => worker('vigilante_refuted_late_total', 'profile="snat"', replica);
const healing = (replica = 'a') =>
  `vigilante_nodes{job="starter",namespace="care",instance="${replica}",pod="${replica}",state="healing"}`;

const DOWN = casesOf('VigilanteEchoDown', [
  ['it answers', { [reachable()]: '1x60' }, '60m', null],
  ['not for long enough', { [reachable()]: '0x60' }, '4m', 'pending'],
  ['for five minutes', { [reachable()]: '0x60' }, '5m', 'firing'],
  ['there for a moment every four minutes', { [reachable()]: '0x3 1 0x3 1 0x3 1 0x3' }, '15m', 'pending'],
  ['one of two workers reaches it', { [reachable()]: '0x60', [reachable('one', 'b')]: '1x60' }, '60m', null],
  ['neither of two does', { [reachable()]: '0x60', [reachable('one', 'b')]: '0x60' }, '60m', 'firing'],
  ['one of two endpoints', { [reachable()]: '0x60', [reachable('two')]: '1x60' }, '60m', 'firing'],
  ['both endpoints', { [reachable()]: '0x60', [reachable('two')]: '0x60' }, '60m', 'firing', 2],
]);

/** A counter that begins at 0, and stands still from minute 6 on. */
const total = (count: number) => `0x5 ${count}x120`;
const LATER = '80m';

const NEVER = casesOf('VigilanteEchoNeverRefutes', [
  [
    'twenty nodes, none refuted',
    { [answers('own')]: total(60), [answers('node')]: total(0), [healed()]: total(20) },
    LATER,
    'firing',
  ],
  ['nineteen', { [answers('own')]: total(60), [answers('node')]: total(0), [healed()]: total(19) }, LATER, null],
  ['one was', { [answers('own')]: total(60), [answers('node')]: total(1), [healed()]: total(20) }, LATER, null],
  [
    'one was, as the other worker saw',
    { [answers('own')]: total(60), [answers('node', 'one', 'b')]: total(1), [healed()]: total(20) },
    LATER,
    null,
  ],
  [
    'counted by two workers',
    {
      [answers('own')]: total(10),
      [answers('own', 'one', 'b')]: total(10),
      [healed()]: total(10),
      [healed('b')]: total(10),
    },
    LATER,
    'firing',
  ],
  ['not for long enough', { [answers('own')]: total(60), [healed()]: total(20) }, '60m', 'pending'],
  ['an endpoint that has just been added', { [answers('own')]: total(19), [healed()]: total(200) }, LATER, null],
  ['an endpoint that nobody asks', { [answers('own')]: total(0), [healed()]: total(200) }, LATER, null],
  [
    'healed in another release',
    { [answers('own')]: total(60), [healed().replace('care', 'other')]: total(20) },
    LATER,
    null,
  ],
  [
    'one endpoint of two',
    {
      [answers('own')]: total(60),
      [answers('own', 'two')]: total(60),
      [answers('node', 'two')]: total(9),
      [healed()]: total(20),
    },
    LATER,
    'firing',
  ],
]);

const BEHIND = casesOf('VigilanteEchoBehindTranslation', [
  ['none is other', { [answers('other')]: '0x120', [healing()]: '5x120' }, '120m', null],
  ['all are', { [answers('other')]: '0+1x120', [healing()]: '2x120' }, '17m', 'firing'],
  ['not for long enough', { [answers('other')]: '0+1x120', [healing()]: '2x120' }, '15m', 'pending'],
  ['one is own', { [answers('other')]: '0+1x120', [answers('own')]: '0x60 1x60', [healing()]: '2x120' }, '119m', null],
  [
    'one is the address of a node, as the other worker saw',
    { [answers('other')]: '0+1x120', [answers('node', 'one', 'b')]: '0x60 1x60', [healing()]: '2x120' },
    '119m',
    null,
  ],
  [
    'one was own, more than an hour ago',
    { [answers('other')]: '0+1x150', [answers('own')]: '0x5 1x150', [healing()]: '2x150' },
    '100m',
    'firing',
  ],
  ['of one node', { [answers('other')]: '0+1x120', [healing()]: '1x120' }, '120m', null],
  [
    'of one node, which two replicas of the starter count',
    { [answers('other')]: '0+1x120', [healing()]: '1x120', [healing('b')]: '1x120' },
    '120m',
    null,
  ],
  [
    'of nodes that came one after the other',
    { [answers('other')]: '0+1x120', [healing()]: '2x30 0x90' },
    '50m',
    'firing',
  ],
  [
    'of nodes of another release',
    { [answers('other')]: '0+1x120', [healing().replace('care', 'other')]: '5x120' },
    '120m',
    null,
  ],
  [
    'one endpoint of two',
    { [answers('other')]: '0+1x120', [answers('own', 'two')]: '0+1x120', [healing()]: '2x120' },
    '120m',
    'firing',
  ],
]);

const LATE = casesOf('VigilanteSnatRefutedLong', [
  ['none', { [late()]: '0x60' }, '60m', null],
  ['one a minute, not for long enough', { [late()]: '0x10 1+1x50' }, '15m', 'pending'],
  ['one a minute', { [late()]: '0x10 1+1x50' }, '17m', 'firing'],
  ['one in two minutes', { [late()]: '0x10 1 1 2 2 3 3 4 4 5 5 6 6' }, '18m', 'firing'],
  ['a single one', { [late()]: '0x10 1x50' }, '14m', 'pending'],
  ['a single one, later', { [late()]: '0x10 1x50' }, '15m', null],
  [
    'judged by two workers in turn',
    { [late()]: '0x10 1 1 2 2 3 3 4 4', [late('b')]: '0x10 0 1 1 2 2 3 3 4' },
    '17m',
    'firing',
  ],
  ['over by now', { [late()]: '0x10 1+1x20 21x40' }, '40m', null],
]);

export const SOURCE_CASES: readonly RuleCase[] = [...DOWN, ...NEVER, ...BEHIND, ...LATE];

const OF_WORKER = { job: 'worker', namespace: 'care' };
const OF_ENDPOINT = { ...OF_WORKER, profile: 'snat', endpoint: 'onprem-1' };

export const SOURCE_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteEchoDown',
    series: { [reachable('onprem-1')]: '0x20' },
    at: '5m',
    labels: { ...OF_WORKER, endpoint: 'onprem-1' },
    description:
      'No worker gets an answer of the endpoint onprem-1. Nodes that must be seen by it are not marked as healed.',
  },
  {
    alert: 'VigilanteEchoNeverRefutes',
    series: { [answers('own', 'onprem-1')]: total(60), [healed()]: total(20) },
    at: LATER,
    labels: OF_ENDPOINT,
    description:
      'At least 20 nodes were healed within a week, and the endpoint onprem-1 saw none of their addresses. What it sees may prove nothing.',
  },
  {
    alert: 'VigilanteEchoBehindTranslation',
    series: { [answers('other', 'onprem-1')]: '0+1x60', [healing()]: '2x60' },
    at: '30m',
    labels: OF_ENDPOINT,
    description:
      'The endpoint onprem-1 saw neither the address of a pod nor that of its node for an hour, of more than one node.',
  },
  {
    alert: 'VigilanteSnatRefutedLong',
    series: { [late()]: '0+1x30' },
    at: '20m',
    labels: { ...OF_WORKER, profile: 'snat' },
    description:
      'Pods of at least one node still have the address of the node, a quarter of an hour after it became Ready. `vigilante status -o wide` names it.',
  },
];
