/** What `heal` and `restart` do: a table over the node and its last heal. */

import { expect, test } from '@jest/globals';
import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { HealExecution, HealRecord } from '../../temporal/healing/heal-record.ts';
import { windowsNode } from '../../tests/fixtures/nodes.ts';
import { healDecision } from './heal-decision.ts';

function present(change: Partial<NodeFacts> = {}): NodeObservation {
  return { kind: 'present', facts: windowsNode('win-1', change) };
}

function heal(execution: HealExecution, stateAttribute: string | null): HealRecord {
  return {
    node: 'win-1',
    workflowId: 'heal-node/prod/win-1',
    runId: 'run-1',
    execution,
    startedMs: 0,
    closedMs: null,
    stateAttribute,
    pending: null,
    status: null,
    result: null,
  };
}

function decide(command: 'heal' | 'restart', observation: NodeObservation, record: HealRecord | null) {
  return healDecision({ node: 'win-1', command, observation, heal: record });
}

test.each([
  { case: 'no heal so far', observation: present(), record: null, step: 'start' },
  { case: 'a finished heal', observation: present(), record: heal('completed', 'healed-elsewhere'), step: 'start' },
  { case: 'a failed heal', observation: present(), record: heal('failed', null), step: 'start' },
  {
    case: 'a healed node',
    observation: present({ healed: true }),
    record: heal('completed', 'healed'),
    step: 'restart',
  },
  { case: 'a heal under way', observation: present(), record: heal('running', 'healing'), step: 'attach' },
  { case: 'a heal that waits', observation: present(), record: heal('running', 'waiting-for-ready'), step: 'attach' },
  { case: 'a heal whose state is not known', observation: present(), record: heal('running', null), step: 'attach' },
  { case: 'a stalled heal', observation: present(), record: heal('running', 'stalled'), step: 'restart' },
  { case: 'an unproven heal', observation: present(), record: heal('running', 'unproven'), step: 'restart' },
  {
    case: 'a heal that is about to end, switched off',
    observation: present({ disabled: true }),
    record: heal('running', 'healing'),
    step: 'restart',
  },
])('H13: heal with $case: $step', ({ observation, record, step }) => {
  expect(decide('heal', observation, record)).toMatchObject({ kind: 'go', step: { kind: step } });
});

test.each([
  { case: 'a heal under way', record: heal('running', 'healing') },
  { case: 'a stalled heal', record: heal('running', 'stalled') },
  { case: 'a finished heal', record: heal('completed', 'healed') },
  { case: 'a cancelled heal', record: heal('cancelled', 'cancelled') },
  { case: 'no heal', record: null },
])('H13: restart with $case sends the signal', ({ record }) => {
  expect(decide('restart', present(), record)).toMatchObject({ kind: 'go', step: { kind: 'restart' } });
});

test.each(['heal', 'restart'] as const)('H14: %s removes the switch that cancel left, and says so', (command) => {
  const decision = decide(command, present({ disabled: true }), heal('cancelled', 'cancelled'));
  expect(decision).toMatchObject({ kind: 'go', enable: true });
  expect(decision.kind === 'go' && decision.notes.join()).toContain('vigilante-healing');
  expect(decide(command, present(), null)).toMatchObject({ enable: false, notes: [] });
});

test('a node that is not there or not Windows is refused', () => {
  expect(decide('heal', { kind: 'gone' }, null)).toEqual({ kind: 'refuse', reason: 'the cluster has no node win-1' });
  expect(decide('restart', present({ windows: false }), null)).toMatchObject({ kind: 'refuse' });
});

test('a node that is not Ready is healed later, with a note', () => {
  const decision = decide('heal', present({ ready: false }), null);
  expect(decision).toMatchObject({ kind: 'go', notes: [expect.stringContaining('not Ready')] });
});
