/** Reboots as a table, and as one line each. */

import type { Rows } from '../screen.ts';
import { textTable } from '../text-table.ts';
import type { RebootView } from './reboot-views.ts';

const HEADINGS = ['NODE', 'ZONE', 'STATE', 'BOOT', 'WAITS FOR'] as const;
const BOOT_SHOWN = 8;

/** @param before the boot ids at the start, by node */
export function rebootRows(before: ReadonlyMap<string, string>): Rows<RebootView> {
  return {
    table: (views) =>
      textTable(
        HEADINGS,
        views.map((view) => [
          view.node,
          view.zone,
          stateOf(view, before),
          view.bootId.slice(0, BOOT_SHOWN),
          view.waitsFor.join('; '),
        ]),
      ),
    line: (view) => `${view.node} (${view.zone}): ${stateOf(view, before)}`,
  };
}

/** Another boot, and given back. */
export function isRebooted(view: RebootView, before: ReadonlyMap<string, string>): boolean {
  return hasBooted(view, before) && view.isReady && !view.isCordoned && !view.isMarked;
}

function hasBooted({ node, bootId }: RebootView, before: ReadonlyMap<string, string>): boolean {
  return bootId !== '' && bootId !== before.get(node);
}

function stateOf(view: RebootView, before: ReadonlyMap<string, string>): string {
  if (isRebooted(view, before)) return 'rebooted';
  const ready = view.isReady ? '' : ', not Ready';
  if (view.isMarked) return `${view.step === '' ? 'in work' : view.step}${ready}`;
  return `waits${ready}`;
}
