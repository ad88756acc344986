/** What the collector says of the agents of a node, and what it does not say. */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../tests/fixtures/nodes.ts';
import { agentReports } from './agent-reports.ts';

const NODE = { ...nodeRef('lin-1'), readyChangedMs: 1_000, bootId: 'boot-2' };
/** At 60 s. */
const BOOTED = { bootId: 'boot-2', reportedMs: 90_000, uptimeSeconds: 30 };
const ABSENT = { sentinel: { state: 'absent' } };
const VIEW = { node: 'lin-1', nodeUid: NODE.uid, state: 'ok', agents: [{ lastReportMs: 1_000 }] };

function reports(status: number, body: unknown) {
  return agentReports((path) => ({
    ask: async () => ({ status, body: { ...(body as object), path } }),
    close: async () => undefined,
  }))(NODE);
}

test.each<[string, number, object, string, string]>([
  ['an agent that reports', 200, VIEW, 'ok', 'unknown'],
  [
    'one that reported before the node came back',
    200,
    { ...VIEW, agents: [{ lastReportMs: 999 }] },
    'unknown',
    'unknown',
  ],
  ['one that never reported', 200, { ...VIEW, agents: [{ lastReportMs: null }] }, 'unknown', 'unknown'],
  ['one that fails', 200, { ...VIEW, state: 'failing' }, 'failing', 'unknown'],
  ['one that is suppressed', 200, { ...VIEW, state: 'suppressed' }, 'suppressed', 'unknown'],
  ['agents of another node of that name', 200, { ...VIEW, nodeUid: 'other' }, 'unknown', 'unknown'],
  ['a state of a newer collector', 200, { ...VIEW, state: 'dreaming' }, 'unknown', 'unknown'],
  ['a sentinel', 200, { ...VIEW, host: { sentinel: { state: 'present' } } }, 'ok', 'present'],
  ['a report of this boot', 200, { ...VIEW, host: { bootId: 'boot-2', ...ABSENT } }, 'ok', 'absent'],
  // A machine can be back so soon that nobody has noticed, and its Ready is older than the boot.
  ['a report of an earlier boot', 200, { ...VIEW, host: { bootId: 'boot-1', ...ABSENT } }, 'unknown', 'unknown'],
  [
    'another agent of the node that has reported before the boot alone',
    200,
    { ...VIEW, agents: [{ lastReportMs: 90_000 }, { lastReportMs: 5_000 }], host: { ...BOOTED, ...ABSENT } },
    'unknown',
    'absent',
  ],
  [
    'agents that have all reported since the boot',
    200,
    { ...VIEW, agents: [{ lastReportMs: 90_000 }, { lastReportMs: 60_000 }], host: { ...BOOTED, ...ABSENT } },
    'ok',
    'absent',
  ],
  ['agents that do not report the boot', 200, { ...VIEW, host: { bootId: null, ...ABSENT } }, 'ok', 'absent'],
  ['no agent that is expected', 404, {}, 'none', 'unknown'],
  ['a collector that does not know yet', 503, {}, 'unknown', 'unknown'],
  ['a wrong answer', 200, {}, 'unknown', 'unknown'],
])('M18: %s', async (_name, status, body, agents, sentinel) => {
  expect(await reports(status, body)).toEqual({ agents, sentinel });
});

test('M18: a collector that cannot be asked proves nothing', async () => {
  const away = agentReports(() => ({ ask: () => Promise.reject(new Error('away')), close: async () => undefined }));
  expect(await away(NODE)).toEqual({ agents: 'unknown', sentinel: 'unknown' });
});
