/** How many marks a worker takes back within a time (E25). */

import { expect, test } from '@jest/globals';
import { nodeName, windowsNode } from '../tests/fixtures/nodes.ts';
import { createRelapseBrake } from './relapse-brake.ts';

const RULES = { relapsesMax: 0.1, relapsesMin: 3, relapsesPerMs: 600_000 };
const NOW_MS = 10_000_000;
const names = Array.from({ length: 20 }, (_, index) => nodeName(`win-${index}`));

function scene(relapsed: Readonly<Record<string, number>> = {}) {
  const play = { failuresInARow: 0 };
  const list = () =>
    names.map((name) => windowsNode(name, relapsed[name] === undefined ? {} : { relapsedMs: relapsed[name] }));
  const brake = createRelapseBrake({ list, health: () => play }, RULES);
  const admitted = (nowMs = NOW_MS) => names.filter((name) => brake.admit(name, nowMs)).length;
  return { brake, play, admitted };
}

test('E25: of twenty nodes that relapse at once three lose their marks, and three more when the time is over', () => {
  const { admitted } = scene();
  expect(admitted()).toBe(3);
  expect(admitted()).toBe(3);
  expect(admitted(NOW_MS + RULES.relapsesPerMs + 1)).toBe(3);
});

test('E25: what other workers took back of late counts, and what they did before does not', () => {
  const lateMs = NOW_MS - RULES.relapsesPerMs;
  expect(scene({ 'win-18': lateMs, 'win-19': lateMs }).admitted()).toBe(3);
  expect(scene({ 'win-17': lateMs, 'win-18': lateMs, 'win-19': lateMs }).brake.admit(nodeName('win-0'), NOW_MS)).toBe(
    false,
  );
  const before = lateMs - 1;
  expect(scene({ 'win-17': before, 'win-18': before, 'win-19': before }).brake.admit(nodeName('win-0'), NOW_MS)).toBe(
    true,
  );
});

test('E25: the own earlier relapse of a node does not keep its mark', () => {
  const { brake } = scene({ 'win-0': NOW_MS, 'win-1': NOW_MS, 'win-2': NOW_MS });
  expect([brake.admit(nodeName('win-0'), NOW_MS), brake.admit(nodeName('win-3'), NOW_MS)]).toEqual([true, false]);
});

test('E25: a mark that was not taken back after all does not count', () => {
  const { brake, admitted } = scene();
  expect(admitted()).toBe(3);
  brake.release(nodeName('win-0'));
  expect(brake.admit(nodeName('win-9'), NOW_MS)).toBe(true);
});

test('E25: while the nodes are not watched nothing is decided', () => {
  const { brake, play } = scene();
  play.failuresInARow = 1;
  expect(() => brake.admit(nodeName('win-0'), NOW_MS)).toThrow('not known');
});
