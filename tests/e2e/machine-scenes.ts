/** Scenes of machines: what they do when they are acted upon, and whether they are given back. */

import { writeSentinel } from '../../sandbox/machines/sentinel.ts';
import { version } from '../fixtures/maintenance.ts';
import type { Scene } from './scene.ts';

const NEXT = version('v1.36.4');

/** So many of them, the first ones, need an agent. */
export const WITH_AGENT = 3;

/** Agents come to the oldest nodes, and of one second to those whose names come first. */
export const MACHINE_SCENES: readonly Scene[] = [
  {
    title: 'M18: a node whose agent reports again and whose sentinel is gone is given back',
    node: 'agent-reports',
    before: ({ layout }, node) => writeSentinel(layout, node),
    expect: { connectivity: 'required', sentinelGone: true },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: an agent that is silent after the reboot keeps the node',
    node: 'agent-is-silent',
    machine: 'agent-silent',
    outcome: 'held',
    detail: 'its agents are',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18, M19: a sentinel that stays keeps the node where its end is expected',
    node: 'agent-sentinel',
    machine: 'sentinel-stays',
    before: ({ layout }, node) => writeSentinel(layout, node),
    expect: { sentinelGone: true },
    outcome: 'held',
    detail: 'the sentinel of a reboot is present',
    isCordoned: true,
    acts: 1,
  },
  { title: 'M18: a machine that reboots', node: 'reboots', outcome: 'done', isCordoned: false, acts: 1 },
  {
    title: 'M18: a kubelet that is exchanged',
    node: 'exchanged',
    expect: { kubelet: NEXT },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: case 11, booted, and the kubelet is the old one',
    node: 'old-version',
    machine: 'old-version',
    expect: { kubelet: NEXT },
    outcome: 'held',
    detail: 'the kubelet is v1.36.3, not v1.36.4',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18: case 9, the act succeeded and nothing happened',
    node: 'lies',
    machine: 'lies',
    outcome: 'held',
    detail: 'the machine has not been started again',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18: case 10, the act failed and all is well',
    node: 'fails-but-done',
    machine: 'fails-but-done',
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: a node that flaps is given back when it has settled',
    node: 'flaps',
    machine: 'flaps',
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M19: case 2, a machine that never returns',
    node: 'never-returns',
    machine: 'never-returns',
    outcome: 'held',
    detail: 'the node is not Ready',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M19: case 1, a machine that returns late is proven and given back by itself',
    node: 'returns-late',
    machine: 'returns-late:60s',
    outcome: 'done',
    detail: 'proven, late',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M20: cases 3 and 31, a node that goes',
    node: 'gone',
    machine: 'gone',
    outcome: 'node-gone',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M20: case 33, a node that is replaced is another node',
    node: 'replaced',
    machine: 'replaced',
    outcome: 'node-replaced',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M24: case 30, a node that was not Ready before is left alone',
    node: 'not-ready',
    options: { ready: false },
    outcome: 'not-ready-before',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M5, M18: a node that is as expected is not touched',
    node: 'as-expected',
    expect: { kubelet: version('v1.36.3'), bootIdChanged: false },
    outcome: 'already-done',
    isCordoned: false,
    acts: 0,
  },
];
