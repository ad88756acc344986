/** Whether maintenance may begin now: windows of time, and freezes, which win over them. For activities: see `windows.ts`. */

import { clockTime } from '../clock-time.ts';
import { isWindowOpen, type MaintenanceWindow, windowBorders } from './windows.ts';

/** Nothing begins from `fromMs` until just before `toMs`. */
export interface Freeze {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

export interface MaintenanceCalendar {
  /** Open while each of these is: a list where one of its windows is, an empty list always. */
  readonly narrowing: readonly (readonly MaintenanceWindow[])[];
  readonly freezes: readonly Freeze[];
}

export type CalendarState =
  /** `closesMs`: null where it stays open for `AHEAD_DAYS`. */
  | { readonly kind: 'open'; readonly closesMs: number | null }
  /** `opensMs`: null where it does not open within `AHEAD_DAYS`, counted from the end of the freezes. */
  | { readonly kind: 'closed'; readonly freeze: Freeze | null; readonly opensMs: number | null };

/** The clocks may skip the one hour of a weekly window, so that it opens after two weeks. */
export const AHEAD_DAYS = 15;
const AHEAD_MS = AHEAD_DAYS * 86_400_000;

export function calendarAt(calendar: MaintenanceCalendar, nowMs: number): CalendarState {
  const freeze = freezeAt(calendar, nowMs);
  if (freeze === null && isOpen(calendar, nowMs)) return { kind: 'open', closesMs: nextClosing(calendar, nowMs) };
  return { kind: 'closed', freeze, opensMs: nextOpening(calendar, nowMs) };
}

/** For people, one sentence; null where it is open. */
export function describeClosed(state: CalendarState): string | null {
  if (state.kind === 'open') return null;
  const { freeze, opensMs } = state;
  const opens = opensMs === null ? `not within ${AHEAD_DAYS} days` : clockTime(opensMs);
  const why = freeze === null ? 'no window is open' : `frozen until ${clockTime(freeze.toMs)}: ${freeze.reason}`;
  return `${why}; the next window opens: ${opens}`;
}

function nextClosing(calendar: MaintenanceCalendar, nowMs: number): number | null {
  const closing = borders(calendar, nowMs).find((atMs) => !isOpen(calendar, atMs)) ?? null;
  const frozen = calendar.freezes.map(({ fromMs }) => fromMs).filter((fromMs) => nowMs < fromMs);
  const closings = closing === null ? frozen : [closing, ...frozen];
  const firstMs = closings.length === 0 ? null : Math.min(...closings);
  return firstMs !== null && firstMs <= nowMs + AHEAD_MS ? firstMs : null;
}

/** Each turn goes past one freeze at least. */
function nextOpening(calendar: MaintenanceCalendar, nowMs: number): number | null {
  let fromMs = nowMs;
  for (let turn = 0; turn <= calendar.freezes.length; turn += 1) {
    const openMs = isOpen(calendar, fromMs) ? fromMs : borders(calendar, fromMs).find((atMs) => isOpen(calendar, atMs));
    const freeze = openMs === undefined ? freezeAt(calendar, fromMs) : freezeAt(calendar, openMs);
    if (freeze === null) return openMs ?? null;
    fromMs = freeze.toMs;
  }
  return null;
}

/** The one that ends last, of those that hold. */
function freezeAt({ freezes }: MaintenanceCalendar, atMs: number): Freeze | null {
  const holding = freezes.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
  return holding.reduce<Freeze | null>((last, one) => (last === null || one.toMs > last.toMs ? one : last), null);
}

function isOpen({ narrowing }: MaintenanceCalendar, atMs: number): boolean {
  return narrowing.every((windows) => windows.length === 0 || isWindowOpen(windows, atMs));
}

function borders({ narrowing }: MaintenanceCalendar, fromMs: number): readonly number[] {
  return windowBorders(narrowing.flat(), { fromMs, toMs: fromMs + AHEAD_MS });
}
