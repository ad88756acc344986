/** Alerts about marked nodes that relapse: series below, at and above each limit, and what a person reads. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

const worker = (metric: string, replica: string) =>
  `${metric}{job="worker",namespace="care",instance="${replica}",pod="${replica}"}`;
const relapses = (replica = 'a') => worker('vigilante_relapses_total', replica);
const braked = (replica = 'a') => worker('vigilante_relapses_braked_total', replica);

const RELAPSED = casesOf('VigilanteNodesRelapsed', [
  ['none', { [relapses()]: '0x60' }, '60m', null],
  ['one, just now', { [relapses()]: '0x10 1x50' }, '11m', 'pending'],
  ['one', { [relapses()]: '0x10 1x50' }, '12m', 'firing'],
  ['one, long ago', { [relapses()]: '0x10 1x50' }, '40m', null],
  ['one of each of two workers', { [relapses()]: '0x10 1x50', [relapses('b')]: '0x10 1x50' }, '12m', 'firing'],
]);

const BRAKED = casesOf('VigilanteRelapsesBraked', [
  ['none', { [braked()]: '0x60', [relapses()]: '0x10 3x50' }, '12m', null],
  ['one, just now', { [braked()]: '0x10 1x50' }, '11m', 'pending'],
  ['one', { [braked()]: '0x10 1x50' }, '12m', 'firing'],
  ['one every five minutes', { [braked()]: '0x10 1x4 2x4 3x4 4x4 5x4' }, '35m', 'firing'],
  ['over by now', { [braked()]: '0x10 1x50' }, '40m', null],
]);

export const RELAPSE_CASES: readonly RuleCase[] = [...RELAPSED, ...BRAKED];

const OF_WORKER = { job: 'worker', namespace: 'care' };

export const RELAPSE_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteNodesRelapsed',
    series: { [relapses()]: '0x10 1x50' },
    at: '12m',
    labels: OF_WORKER,
    description:
      'Pods of at least one marked node had the address of the node again. Its mark was taken back, and it is healed again. The Event HealingRelapsed names it.',
  },
  {
    alert: 'VigilanteRelapsesBraked',
    series: { [braked()]: '0x10 1x50' },
    at: '12m',
    labels: OF_WORKER,
    description:
      'So many nodes relapsed that further ones keep their marks. Pods are placed on nodes that are marked as healed and are not.',
  },
];
