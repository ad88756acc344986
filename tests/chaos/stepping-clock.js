/** Loaded before a process: its wall clock is off by the milliseconds in a file, which may change; others are as they are. */

import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 50;

const file = process.env.STEPPING_CLOCK_FILE ?? '';
const realNow = Date.now;
let offsetMs = 0;
let lookedMs = Number.NEGATIVE_INFINITY;

function currentOffsetMs() {
  const nowMs = performance.now();
  if (nowMs - lookedMs < LOOK_EVERY_MS) return offsetMs;
  lookedMs = nowMs;
  try {
    offsetMs = Number(readFileSync(file, 'utf8'));
  } catch {
    // Not written yet.
  }
  return offsetMs;
}

Date.now = () => realNow() + currentOffsetMs();

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget),
  apply: () => new Date().toString(),
});
