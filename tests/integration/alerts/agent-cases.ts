/** Alerts about agents and their probes: series below, at and above each limit. */

import { casesOf, ONE, OTHER, type RuleCase } from './rule-case.ts';

function agents(state: string, replica = ONE): string {
  return `vigilante_connectivity_agents{${replica},state="${state}"}`;
}

function silentCases(alert: string, state: string): readonly RuleCase[] {
  return casesOf(alert, [
    ['none', { [agents(state)]: '0x60', [agents('reporting')]: '9x60' }, '60m', null],
    ['one, for less than ten minutes', { [agents(state)]: '1x60' }, '9m', 'pending'],
    ['one, for ten minutes', { [agents(state)]: '1x60' }, '10m', 'firing'],
    ['one, over by now', { [agents(state)]: '1x20 0x40' }, '21m', null],
    ['one, over for a moment every nine minutes', { [agents(state)]: '1x8 0 1x8 0 1x8 0 1x8' }, '35m', 'pending'],
    ['suppressed ones only', { [agents(state)]: '0x60', [agents('suppressed')]: '50x60' }, '60m', null],
    [
      'the same told by two replicas is one alert',
      { [agents(state)]: '1x60', [agents(state, OTHER)]: '1x60' },
      '10m',
      'firing',
    ],
    ['known to the second replica only', { [agents(state)]: '0x60', [agents(state, OTHER)]: '1x60' }, '10m', 'firing'],
  ]);
}

function lost(counts: { absent: number; outdated: number; reporting: number }, replica = ONE): RuleCase['series'] {
  return Object.fromEntries(Object.entries(counts).map(([state, count]) => [agents(state, replica), `${count}x60`]));
}

const LOST = casesOf('VigilanteConnectivityLost', [
  ['a fifth is not more than a fifth', lost({ absent: 10, outdated: 10, reporting: 80 }), '60m', null],
  ['just above a fifth', lost({ absent: 11, outdated: 10, reporting: 79 }), '5m', 'firing'],
  ['not for long enough', lost({ absent: 11, outdated: 10, reporting: 79 }), '4m', 'pending'],
  ['two of two are too few', lost({ absent: 1, outdated: 1, reporting: 0 }), '60m', null],
  ['three of three', lost({ absent: 2, outdated: 1, reporting: 0 }), '5m', 'firing'],
  ['no agents at all', lost({ absent: 0, outdated: 0, reporting: 0 }), '60m', null],
  [
    'a hundred cordoned nodes',
    { ...lost({ absent: 0, outdated: 0, reporting: 5 }), [agents('suppressed')]: '100x60' },
    '60m',
    null,
  ],
  [
    'two replicas count each agent once',
    {
      ...lost({ absent: 1, outdated: 1, reporting: 1 }),
      ...lost({ absent: 1, outdated: 1, reporting: 1 }, OTHER),
    },
    '60m',
    null,
  ],
  [
    'over for a moment every four minutes',
    { [agents('absent')]: '9x3 0 9x3 0 9x3 0 9x3', [agents('reporting')]: '1x60' },
    '15m',
    'pending',
  ],
]);

function probes(counts: { ok: string; failed: string }, kind = 'http', replica = ONE): RuleCase['series'] {
  const name = (result: string) => `vigilante_connectivity_probes{${replica},kind="${kind}",result="${result}"}`;
  return { [name('ok')]: counts.ok, [name('failed')]: counts.failed };
}

const PROBES = casesOf('VigilanteProbesFailing', [
  ['one in twenty', probes({ ok: '95x60', failed: '5x60' }), '60m', null],
  ['more than one in twenty', probes({ ok: '94x60', failed: '6x60' }), '10m', 'firing'],
  ['not for long enough', probes({ ok: '94x60', failed: '6x60' }), '9m', 'pending'],
  ['no probes at all', probes({ ok: '0x60', failed: '0x60' }), '60m', null],
  [
    'one kind among others',
    { ...probes({ ok: '900x60', failed: '0x60' }), ...probes({ ok: '3x60', failed: '1x60' }, 'dns') },
    '10m',
    'firing',
  ],
  [
    'all fail in every second report',
    probes({ ok: '1 0 1 0 1 0 1 0 1 0 1 0', failed: '0 1 0 1 0 1 0 1 0 1 0 1' }),
    '11m',
    'pending',
  ],
  [
    'two replicas',
    { ...probes({ ok: '9x60', failed: '1x60' }), ...probes({ ok: '9x60', failed: '1x60' }, 'http', OTHER) },
    '10m',
    'firing',
  ],
]);

function seconds(quantile: string, kind = 'dns'): string {
  return `vigilante_connectivity_probe_seconds{${ONE},kind="${kind}",quantile="${quantile}"}`;
}

const SLOW = casesOf('VigilanteProbesSlow', [
  ['a second', { [seconds('0.99')]: '1x60' }, '60m', null],
  ['more than a second', { [seconds('0.99')]: '1.01x60' }, '15m', 'firing'],
  ['not for long enough', { [seconds('0.99')]: '1.01x60' }, '14m', 'pending'],
  ['two kinds', { [seconds('0.99')]: '5x60', [seconds('0.99', 'tcp')]: '5x60' }, '15m', 'firing', 2],
  [
    'slow and fast in turn',
    { [seconds('0.99')]: '5 0.1 5 0.1 5 0.1 5 0.1 5 0.1 5 0.1 5 0.1 5 0.1 5' },
    '16m',
    'pending',
  ],
  ['unknown', { [seconds('0.99')]: 'NaN '.repeat(20).trim() }, '19m', null],
]);

export const AGENT_CASES: readonly RuleCase[] = [
  ...silentCases('VigilanteAgentsAbsent', 'absent'),
  ...silentCases('VigilanteAgentsOutdated', 'outdated'),
  ...LOST,
  ...PROBES,
  ...SLOW,
];
