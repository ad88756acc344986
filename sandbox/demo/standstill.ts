/** Notices that nothing changes any more. */

export function createStandstill(limitMs: number): { reached(shown: string, nowMs: number): boolean } {
  let last: { readonly shown: string; readonly sinceMs: number } | null = null;
  return {
    reached(shown, nowMs) {
      if (last === null || last.shown !== shown) last = { shown, sinceMs: nowMs };
      return nowMs - last.sinceMs >= limitMs;
    },
  };
}
