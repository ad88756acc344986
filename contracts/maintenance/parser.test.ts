/** What comes to the workflows of maintenance from outside is taken whole, or refused with the key. */

import { expect, test } from '@jest/globals';
import { REBOOT, slotRequest } from '../../tests/fixtures/maintenance.ts';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import type { MaintainNodeInput } from './maintain-node.ts';
import {
  parseAskSlot,
  parseExplainNode,
  parseGuardMaintenanceInput,
  parseMaintainNodeInput,
  parsePauseMaintenance,
  parseResolveNode,
  parseResumeMaintenance,
  parseReturnSlot,
  parseSlotAnswer,
} from './parser.ts';

const INPUT: MaintainNodeInput = {
  cluster: 'test',
  node: nodeRef('lin-1'),
  run: 'by-hand',
  group: 'workers',
  purpose: 'by-hand',
  phase: 'node',
  executor: 'reboot-linux',
  expect: REBOOT,
  parent: null,
};

test('an input without an executor recovers, one with a name finds it in the configuration', () => {
  expect(parseMaintainNodeInput(INPUT)).toEqual({ ok: true, value: INPUT });
  expect(parseMaintainNodeInput({ ...INPUT, executor: null }).ok).toBe(true);
});

test.each<[string, object, string]>([
  ['a template', { template: { kind: 'Pod' } }, 'input.template: unknown key'],
  ['an executor of its own', { executor: { kind: 'pod' } }, 'input.executor: expected'],
  ['a run that is no label', { run: 'By Hand' }, 'input.run: expected the name of a run'],
  ['another phase', { phase: 'everything' }, 'input.phase: expected one of node, etcd'],
  ['a version without v', { expect: { ...REBOOT, kubelet: '1.37.2' } }, 'input.expect.kubelet: expected a version'],
])('M55: an input with %s is refused', (_name, change, problem) => {
  const found = parseMaintainNodeInput({ ...INPUT, ...change });
  expect(found).toMatchObject({ ok: false });
  expect(found.ok ? [] : found.problems.join('; ')).toContain(problem);
});

const { node, workflow, group, purpose, stage, drains } = slotRequest('lin-1');
const ASKED = { node, workflow, group, purpose, stage, drains };
const WHO = { by: 'anna', reason: 'storm' };

test.each<[string, (payload: unknown) => { readonly ok: boolean }, object]>([
  ['guardMaintenance', parseGuardMaintenanceInput, { cluster: 'test' }],
  ['askSlot', parseAskSlot, ASKED],
  ['returnSlot', parseReturnSlot, { node, outcome: 'done', held: false }],
  ['slotGranted', parseSlotAnswer, { stage: 'take', reasons: [] }],
  ['pauseMaintenance', parsePauseMaintenance, { ...WHO, untilMs: 1 }],
  ['resumeMaintenance', parseResumeMaintenance, WHO],
  ['explainNode', parseExplainNode, { node: 'lin-1', purpose: 'reboot' }],
  ['resolveNode', parseResolveNode, { ...WHO, resolution: 'retry' }],
])('%s takes its payload, with every key and no other', (_name, parse, payload) => {
  expect(parse(payload).ok).toBe(true);
  expect(parse({ ...payload, more: 1 }).ok).toBe(false);
  for (const key of Object.keys(payload)) expect(parse({ ...payload, [key]: undefined }).ok).toBe(false);
});
