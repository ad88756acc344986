/** A window follows changes of the status, and every heal has an end: tables with the value below, at and above each bound. */

import { expect, test } from '@jest/globals';
import { HEALING_RULES, nodeToHeal } from '../../tests/fixtures/healing.ts';
import type { NodeFacts, NodeObservation } from '../node/facts.ts';
import { REOPENINGS_MAX, UNSEEN_CHANGES_MAX } from './bounds.ts';
import { exhaust, giveUp } from './giving-up.ts';
import { describeHealing } from './messages.ts';
import { type HealingAction, healingPlan } from './plan.ts';
import { beginState, type HealingState, observe, openWindow } from './state.ts';

const rules = HEALING_RULES;

function present(change: Partial<NodeFacts> = {}): NodeObservation {
  return { kind: 'present', facts: nodeToHeal(change) };
}

const begun = () => beginState({ node: present(), attempts: 0, rules, nowMs: 0 });
const plan = (state: HealingState, nowMs = 0, bounded = true): HealingAction =>
  healingPlan(state, { nodeUid: 'uid-1', rules, nowMs, bounded });
const see = (state: HealingState, change: Partial<NodeFacts>, nowMs = 0) =>
  observe(state, present(change), { rules, nowMs });

/** The node is seen so, and its window opened where the plan says so. */
function live(state: HealingState, change: Partial<NodeFacts>, nowMs = 0): { state: HealingState; opened: boolean } {
  const seen = see(state, change, nowMs);
  const opened = plan(seen, nowMs).kind === 'open-window';
  return { state: opened ? openWindow(seen, rules, nowMs) : seen, opened };
}

test('H8: a time of the last change that moves while the node stays Ready opens the window three times, then no more', () => {
  let state = begun();
  const opened: boolean[] = [];
  for (let beat = 1; beat <= UNSEEN_CHANGES_MAX + 5; beat += 1) {
    const next = live(state, { readyChangedMs: 5 + beat });
    state = next.state;
    opened.push(next.opened);
  }
  expect(opened).toEqual([true, true, true, false, false, false, false, false]);
  expect(plan(state)).toEqual({ kind: 'attempt' });
});

test('H8: a change to NotReady that was seen opens the window, also on a node whose times are no longer believed', () => {
  let state = begun();
  for (let beat = 1; beat <= UNSEEN_CHANGES_MAX; beat += 1) state = live(state, { readyChangedMs: 5 + beat }).state;
  state = see(state, { ready: false });
  expect(state.phase).toBe('waiting-for-ready');
  const back = live(state, { readyChangedMs: 99 });
  expect([back.opened, back.state.phase]).toEqual([true, 'healing']);
  // From then on its times are believed again.
  expect(live(back.state, { readyChangedMs: 100 }).opened).toBe(true);
});

test('H8: another machine or boot in mid-window opens it again, and counts as an unseen change', () => {
  const state = live(begun(), { boot: 'boot-1' });
  // Learned only now: nothing changed.
  expect(state.opened).toBe(false);
  const known = beginState({ node: present({ boot: 'boot-1' }), attempts: 0, rules, nowMs: 0 });
  expect(live(known, { boot: 'boot-1' }).opened).toBe(false);
  // The signal of the starter does not say.
  expect(live(known, {}).opened).toBe(false);
  const other = live(known, { boot: 'boot-2' });
  expect([other.opened, other.state.unseenChanges]).toEqual([true, 1]);
});

test.each([
  [REOPENINGS_MAX - 1, 'open-window'],
  [REOPENINGS_MAX, 'exhaust'],
])('H12: a node that is Ready again after %i windows that were opened again: %s', (reopenings, kind) => {
  const waiting: HealingState = { ...see(begun(), { ready: false }), reopenings };
  expect(plan(see(waiting, { readyChangedMs: 9 })).kind).toBe(kind);
});

test('H12: a node that is NotReady again and again comes to an end, and only the slow retry begins a new window', () => {
  let state = begun();
  let nowMs = 0;
  let windows = 0;
  // One more than there may be, so that a plan without the bound fails and does not loop.
  while (windows <= REOPENINGS_MAX) {
    nowMs += 60_000;
    state = see(state, { ready: false, readyChangedMs: nowMs }, nowMs);
    state = see(state, { readyChangedMs: nowMs + 1 }, nowMs);
    if (plan(state, nowMs).kind !== 'open-window') break;
    state = openWindow(state, rules, nowMs);
    windows += 1;
  }
  expect(windows).toBe(REOPENINGS_MAX);
  expect(plan(state, nowMs)).toEqual({ kind: 'exhaust' });
  state = exhaust(state, { rules, nowMs });
  const words = describeHealing(state, { node: 'win-1', rules, nowMs });
  expect(words).toMatch(/^Unproven: node win-1 became NotReady again and again, .* begun 20 times/);
  // Neither NotReady nor Ready wakes it.
  const retryMs = nowMs + rules.retryAfterMs;
  for (const change of [{ ready: false }, { readyChangedMs: 7 }, { ready: false }]) {
    state = see(state, change, nowMs + 1);
    expect(plan(state, nowMs + 1)).toEqual({ kind: 'wait', untilMs: retryMs });
  }
  // It is NotReady at the time of the retry: then it waits for Ready, with its counts at zero.
  expect(plan(state, retryMs)).toEqual({ kind: 'open-window' });
  const retried = openWindow(state, rules, retryMs);
  expect(retried).toMatchObject({ phase: 'waiting-for-ready', reopenings: 0, unseenChanges: 0 });
  expect(retried.exhausted).toBeUndefined();
});

test('H12: changes of the node wake a heal that gave up twenty times at most, then the slow retry does', () => {
  let state = giveUp(begun(), 'unproven', { rules, nowMs: 0 });
  let wakes = 0;
  for (let nowMs = 1; nowMs < 100; nowMs += 1) {
    const woken = observe(state, present({ windows: true, disabled: false, readyChangedMs: null, ready: true }), {
      rules,
      nowMs,
    });
    const changed = observe(woken, present({ readyChangedMs: nowMs }), { rules, nowMs });
    if (plan(changed, nowMs).kind !== 'open-window') break;
    wakes += 1;
    state = giveUp(openWindow(changed, rules, nowMs), 'unproven', { rules, nowMs });
  }
  expect(wakes).toBeLessThanOrEqual(REOPENINGS_MAX);
  expect(wakes).toBeGreaterThan(0);
});

test('H12: a heal that began before there were these bounds is not held to them', () => {
  const often: HealingState = { ...begun(), reopenings: 50, unseenChanges: 50 };
  const moved = see(often, { readyChangedMs: 6 });
  expect(plan(moved, 0, false)).toEqual({ kind: 'open-window' });
  expect(plan(moved, 0, true)).toEqual({ kind: 'attempt' });
});
