/** Alerts about privileges: series below, at and above each limit. */

import { casesOf, type RuleCase } from './rule-case.ts';

function containers(judgement: string, maintainer = 'a'): string {
  return `vigilante_privileges_containers{job="maintainer",instance="${maintainer}",pod="${maintainer}",judgement="${judgement}"}`;
}

const DRIFT = casesOf('VigilantePrivilegeDrift', [
  ['all is as declared', { [containers('as-declared')]: '20x60', [containers('more')]: '0x60' }, '60m', null],
  ['what is less or absent is none', { [containers('less')]: '3x60', [containers('absent')]: '1x60' }, '60m', null],
  ['more, not for long enough', { [containers('more')]: '1x60' }, '14m', 'pending'],
  ['more', { [containers('more')]: '1x60' }, '15m', 'firing'],
  ['undeclared', { [containers('undeclared')]: '1x60' }, '15m', 'firing'],
  ['unknown', { [containers('unknown')]: '1x60' }, '15m', 'firing'],
  [
    'the other maintainer has found it next',
    { [containers('more')]: '1x9 stale', [containers('more', 'b')]: '_x8 1x60' },
    '15m',
    'firing',
  ],
]);

const UNKNOWN = casesOf('VigilantePrivilegesUnknown', [
  ['one maintainer shows what it found', { [containers('as-declared')]: '0x60' }, '60m', null],
  ['none does, not for long enough', {}, '14m', 'pending'],
  ['none does', {}, '15m', 'firing'],
  ['the next evaluation is overdue', { [containers('as-declared')]: '9x9 stale' }, '25m', 'firing'],
]);

export const PRIVILEGES_CASES: readonly RuleCase[] = [...DRIFT, ...UNKNOWN];
