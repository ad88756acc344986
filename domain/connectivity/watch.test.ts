/** Hysteresis of the cluster and of each node: below, at and above every limit. */

import { expect, test } from '@jest/globals';
import { nodeName, nodeUid } from '../../tests/fixtures/nodes.ts';
import {
  adoptNodes,
  CHANGES_MAX,
  changesDone,
  dueChanges,
  dueHeals,
  HEALS_MAX,
  healDone,
  RESTARTS_MAX,
} from './effects.ts';
import { NODES_ALARMED_MAX, type WatchRules } from './node-alarms.ts';
import { unnamedCount, type VerdictFacts, type WatchedAgent } from './verdict.ts';
import { applyEvaluation, newWatch, pauseWatch, resumeWatch, shownState, type WatchState } from './watch.ts';

const RULES: WatchRules = { failuresToAlarm: 3, restartHealing: true };

function agent(node: string, changes: Partial<WatchedAgent> = {}): WatchedAgent {
  const known = { agent: `agent-${node}`, node: nodeName(node), nodeUid: nodeUid(`uid-${node}`), os: 'linux' };
  return { ...known, failure: 'absent', suppressedBy: null, detail: 'silent', ...changes };
}

function verdict(failing: readonly WatchedAgent[], changes: Partial<VerdictFacts> & { unnamed?: number } = {}) {
  const { unnamed = 0, suppressed = [], ...rest } = changes;
  const absent = failing.length + unnamed;
  const counts = { expected: absent + 2, reporting: 2, absent, outdated: 0, suppressed: suppressed.length };
  return { kind: 'verdict', verdict: { ok: absent === 0, counts, failing, suppressed, ...rest } } as const;
}

const fine = verdict([]);
const bad = verdict([agent('a')]);
const silent = { kind: 'unavailable', message: 'no answer' } as const;

function stateAfter(
  answers: readonly Parameters<typeof applyEvaluation>[1][],
  rules = RULES,
  from = newWatch(),
): WatchState {
  return answers.reduce(
    (state, answer, index) => applyEvaluation(state, answer, { rules, nowMs: 1_000 * (index + 1) }),
    from,
  );
}

/** As if every condition had been written. */
function written(state: WatchState): WatchState {
  return changesDone(
    state,
    dueChanges(state).map((change) => ({ change, gone: false })),
  );
}

const times = (count: number, answer: Parameters<typeof applyEvaluation>[1]) =>
  Array.from({ length: count }, () => answer);

test.each([
  [1, 'unknown', 'unknown'],
  [2, 'unknown', 'unknown'],
  [3, 'failing', 'ok'],
  [4, 'failing', 'ok'],
])('after %i verdicts in a row the state is %s when they fail, %s when they are fine', (count, failing, ok) => {
  expect(stateAfter(times(count, bad)).state).toBe(failing);
  expect(stateAfter(times(count, fine)).state).toBe(ok);
});

test.each([1, 2, 3, 4])('with a limit of %i it alarms at that many, and is over at that many', (failuresToAlarm) => {
  const rules = { ...RULES, failuresToAlarm };
  const ok = stateAfter(times(failuresToAlarm, fine), rules);
  expect(ok.state).toBe('ok');
  expect(stateAfter(times(failuresToAlarm - 1, bad), rules, ok).state).toBe('ok');
  const failing = stateAfter(times(failuresToAlarm, bad), rules, ok);
  expect(failing.state).toBe('failing');
  expect(stateAfter(times(failuresToAlarm - 1, fine), rules, failing).state).toBe('failing');
  expect(stateAfter(times(failuresToAlarm, fine), rules, failing).state).toBe('ok');
  expect(stateAfter(times(failuresToAlarm - 1, silent), rules, failing).state).toBe('failing');
  expect(stateAfter(times(failuresToAlarm, silent), rules, failing).state).toBe('unknown');
});

test('flapping never alarms; an evaluation without a verdict neither counts nor interrupts', () => {
  const ok = stateAfter([fine, fine, fine]);
  expect(stateAfter([bad, bad, fine, bad, bad, fine, bad, bad], RULES, ok).state).toBe('ok');
  expect(stateAfter([bad, silent, bad, silent, bad], RULES, ok).state).toBe('failing');
  expect(stateAfter([bad, bad, silent, silent, silent, bad], RULES, ok)).toMatchObject({
    state: 'unknown',
    row: { count: 1 },
  });
});

test('the streak counts evaluations with the same result, and the last twenty transitions are kept', () => {
  expect(stateAfter([fine, bad, bad]).last).toEqual({ result: 'failing', streak: 2 });
  expect(stateAfter([bad, silent, silent]).last).toEqual({ result: 'unavailable', streak: 2 });
  const flapping = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? bad : fine));
  const { transitions } = stateAfter(flapping, { ...RULES, failuresToAlarm: 1 });
  expect(transitions).toHaveLength(20);
  expect(transitions.at(-1)).toMatchObject({ atMs: 30_000, from: 'failing', to: 'ok' });
});

test('a pause keeps alarms and begins to count again', () => {
  const alarmed = written(stateAfter([bad, bad, bad]));
  const paused = pauseWatch(pauseWatch(alarmed, 'why', 9_000), null, 9_500);
  expect(shownState(paused)).toBe('paused');
  expect(paused.pause).toEqual({ reason: null });
  expect(paused.transitions).toHaveLength(2);
  const resumed = resumeWatch(paused, 10_000);
  expect(resumed).toMatchObject({
    state: 'failing',
    row: null,
    last: null,
    nodes: [{ name: 'a', alarmed: true, row: 0 }],
  });
  expect(resumeWatch(resumed, 11_000)).toBe(resumed);
  const counting = resumeWatch(pauseWatch(stateAfter([bad, bad]), null, 1), 2);
  expect(counting.nodes).toEqual([]);
  expect(stateAfter([bad, bad], RULES, counting)).toMatchObject({
    state: 'unknown',
    nodes: [{ alarmed: false, row: 2 }],
  });
});

test('a node is alarmed at the limit, and the alarm ends after as many evaluations without failure or suppression', () => {
  expect(dueChanges(stateAfter([bad, bad]))).toEqual([]);
  const alarmed = stateAfter([bad, bad, verdict([agent('a', { failure: 'outdated' })])]);
  expect(dueChanges(alarmed)).toEqual([
    {
      node: { name: 'a', uid: 'uid-a' },
      alarmed: true,
      reason: 'AgentsOutdated',
      changedMs: 3e3,
      message: 'agent-a is outdated: silent',
    },
  ]);
  const recorded = written(alarmed);
  expect(dueChanges(recorded)).toEqual([]);
  const cordoned = verdict([], { suppressed: [agent('a', { suppressedBy: 'node-cordoned' })] });
  expect(stateAfter([fine, fine, cordoned, fine, fine], RULES, recorded).nodes).toMatchObject([
    { alarmed: true, row: 2 },
  ]);
  expect(stateAfter([fine, fine, bad, fine, fine], RULES, recorded).nodes).toMatchObject([{ alarmed: true, row: 2 }]);
  expect(stateAfter([fine, silent, fine, silent], RULES, recorded).nodes).toMatchObject([{ alarmed: true, row: 2 }]);
  const over = stateAfter([fine, fine, fine], RULES, recorded);
  expect(dueChanges(over)).toMatchObject([{ alarmed: false, reason: 'AgentsReporting', changedMs: 3_000 }]);
  expect(written(over).nodes).toEqual([]);
});

test('nothing is written for an alarm that ended unwritten, nor for one that came back before its end was written', () => {
  expect(stateAfter([bad, bad, bad, fine, fine, fine]).nodes).toEqual([]);
  const over = stateAfter([fine, fine, fine], RULES, written(stateAfter([bad, bad, bad])));
  const back = stateAfter([bad, bad, bad], RULES, over);
  expect(back.nodes).toMatchObject([{ alarmed: true, recorded: true }]);
  expect(dueChanges(back)).toEqual([]);
});

test('a node that is gone, or whose name is another node, is forgotten', () => {
  const recorded = written(stateAfter([bad, bad, bad]));
  const gone = verdict([], { suppressed: [agent('a', { nodeUid: null, suppressedBy: 'node-gone' })] });
  expect(stateAfter([gone], RULES, recorded).nodes).toEqual([]);
  const replaced = stateAfter([verdict([agent('a', { nodeUid: nodeUid('uid-2') })])], RULES, recorded);
  expect(replaced.nodes).toMatchObject([{ uid: 'uid-2', alarmed: false, row: 1 }]);
  const [change] = dueChanges(stateAfter([bad, bad, bad]));
  if (change === undefined) throw new Error('nothing is due');
  expect(changesDone(stateAfter([bad, bad, bad]), [{ change, gone: true }]).nodes).toEqual([]);
});

test('agents without a node alarm the cluster only', () => {
  const pending = verdict([agent('a', { node: null, nodeUid: null })]);
  expect(stateAfter([pending, pending, pending])).toMatchObject({ state: 'failing', nodes: [] });
});

test('where not all failing agents are named, no alarm of a node begins or ends, and only named nodes are kept', () => {
  const storm = verdict([agent('b')], { unnamed: 1 });
  const during = stateAfter([storm, storm, storm], RULES, written(stateAfter([bad, bad, bad])));
  expect(during.nodes).toMatchObject([
    { name: 'a', alarmed: true },
    { name: 'b', alarmed: false, row: 3 },
  ]);
  expect(during.unnamed).toBe(1);
  expect(dueChanges(during)).toEqual([]);
  expect(stateAfter([verdict([agent('c')], { unnamed: 1 })], RULES, during).nodes.map(({ name }) => name)).toEqual([
    'a',
    'c',
  ]);
  // The storm is over: who was named all the time is alarmed at once.
  expect(dueChanges(stateAfter([verdict([agent('b')])], RULES, during))).toMatchObject([
    { node: { name: 'b' }, alarmed: true },
  ]);
});

test.each([
  [NODES_ALARMED_MAX - 1, NODES_ALARMED_MAX - 1],
  [NODES_ALARMED_MAX, NODES_ALARMED_MAX],
  [NODES_ALARMED_MAX + 1, NODES_ALARMED_MAX],
])('where %i nodes fail, %i are alarmed', (count, alarmed) => {
  const many = verdict(Array.from({ length: count }, (_, index) => agent(`n${index}`)));
  const state = stateAfter([many], { ...RULES, failuresToAlarm: 1 });
  expect(state.nodes.filter((node) => node.alarmed)).toHaveLength(alarmed);
  expect(dueChanges(state)).toHaveLength(CHANGES_MAX);
});

function alarmedWindows(count: number): WatchState {
  const agents = Array.from({ length: count }, (_, index) => agent(`w${index}`, { os: 'windows' }));
  return stateAfter([verdict([...agents, agent('lin')])], { ...RULES, failuresToAlarm: 1 });
}

test.each([
  [HEALS_MAX - 1, HEALS_MAX - 1],
  [HEALS_MAX, HEALS_MAX],
  [HEALS_MAX + 1, HEALS_MAX],
])('where %i Windows nodes are alarmed, %i heals are restarted at a time', (count, due) => {
  expect(dueHeals(alarmedWindows(count), RULES, 0)).toHaveLength(due);
});

test('a heal is restarted once for each alarm, not while the node reports again, and not within the last window', () => {
  const state = alarmedWindows(1);
  expect(dueHeals(state, { ...RULES, restartHealing: false }, 0)).toEqual([]);
  const healed = healDone(written(state), nodeUid('uid-w0'), { nowMs: 0, quietMs: 5_000 });
  expect(dueHeals(healed, RULES, 10_000)).toEqual([]);
  const rules = { ...RULES, failuresToAlarm: 1 };
  const again = stateAfter([fine, verdict([agent('w0', { os: 'windows' })])], rules, healed);
  expect(dueHeals(again, rules, 4_999)).toEqual([]);
  expect(dueHeals(again, rules, 5_000)).toHaveLength(1);
  expect(dueHeals(stateAfter([fine], RULES, again), RULES, 5_000)).toEqual([]);
});

test('restarts are remembered until their window is over, up to a bound', () => {
  const restarts = Array.from({ length: RESTARTS_MAX }, (_, index) => ({
    uid: nodeUid(`r${index}`),
    untilMs: 100,
  }));
  const full = { ...alarmedWindows(1), restarts };
  expect(dueHeals(full, RULES, 99)).toEqual([]);
  expect(dueHeals({ ...full, restarts: restarts.slice(1) }, RULES, 99)).toHaveLength(1);
  expect(healDone(full, nodeUid('uid-w0'), { nowMs: 100, quietMs: 7 }).restarts).toEqual([
    { uid: 'uid-w0', untilMs: 107 },
  ]);
});

test('alarms of an earlier watch are taken over, and not written again', () => {
  const found = [{ node: { name: nodeName('a'), uid: nodeUid('uid-a') }, os: 'linux', sinceMs: 5 }];
  const adopted = adoptNodes(stateAfter([bad], { ...RULES, failuresToAlarm: 1 }), found);
  expect(adopted.nodes).toMatchObject([{ alarmed: true, recorded: true, changedMs: 5 }]);
  expect(dueChanges(adopted)).toEqual([]);
  expect(dueChanges(stateAfter([fine, fine, fine], RULES, adopted))).toMatchObject([{ alarmed: false }]);
});

test('a node whose agents fail in a way that is not known is alarmed, too', () => {
  const sad = agent('a', { failure: 'other' });
  const counts = { expected: 3, reporting: 2, absent: 0, outdated: 0, suppressed: 0 };
  const alarmed = stateAfter(times(3, verdict([sad], { ok: false, counts })));
  expect(dueChanges(alarmed)).toMatchObject([{ reason: 'AgentsFailing', message: 'agent-a fails: silent' }]);
  const mixed = [sad, agent('a', { agent: 'agent-b', failure: 'outdated' })];
  const known = { ...counts, expected: 4, outdated: 1 };
  expect(dueChanges(stateAfter(times(3, verdict(mixed, { ok: false, counts: known }))))).toMatchObject([
    { reason: 'AgentsOutdated', message: 'agent-a fails: silent; agent-b is outdated: silent' },
  ]);
});

test.each([
  [3, {}, 0],
  [4, {}, 1],
  [4, { suppressed: 1 }, 0],
  [4, { unscheduled: 1 }, 0],
])(
  'of %i agents, with counts %j, %i fail without a name where a failure is not known',
  (expected, changes, unnamed) => {
    const counts = { expected, reporting: 2, absent: 0, outdated: 0, suppressed: 0, ...changes };
    expect(unnamedCount({ counts, failing: [agent('a', { failure: 'other' })] })).toBe(unnamed);
  },
);
