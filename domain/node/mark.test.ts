/** Tables for what a mark is worth. */

import { expect, test } from '@jest/globals';
import {
  describeForeignMark,
  foreignMarkKey,
  isForeignMark,
  judgeMark,
  MARK_STANDINGS,
  type MachineIdentity,
  type MarkStanding,
  type NodeMark,
  REHEAL_REASONS,
  type RehealReason,
} from './mark.ts';

const NODE: MachineIdentity = { uid: 'uid-1', machine: 'machine-1', boot: 'boot-1' };

test.each<[string, MachineIdentity | null, MarkStanding]>([
  ['no proof', null, 'no-proof'],
  ['the same', NODE, 'proven'],
  ['another node', { ...NODE, uid: 'uid-2' }, 'other-node'],
  ['another node on this machine and boot', { ...NODE, uid: 'uid-2' }, 'other-node'],
  ['another machine', { ...NODE, machine: 'machine-2' }, 'other-machine'],
  [
    'another machine whose boot has the same number',
    { ...NODE, machine: 'machine-2', boot: 'boot-1' },
    'other-machine',
  ],
  ['another boot', { ...NODE, boot: 'boot-2' }, 'other-boot'],
  ['a machine that was not known then', { ...NODE, machine: '' }, 'proven'],
  ['a boot that was not known then', { ...NODE, boot: '' }, 'proven'],
  ['another boot of a machine that was not known then', { ...NODE, machine: '', boot: 'boot-2' }, 'other-boot'],
])('H7, H10: what a mark is worth with a proof for %s', (_title, proof, standing) => {
  expect(judgeMark(proof, NODE)).toEqual({ standing, counts: true });
});

test('H7, H10: a node that reports neither machine nor boot is recognised by its uid alone', () => {
  const mute = { uid: 'uid-1', machine: '', boot: '' };
  expect(judgeMark(NODE, mute).standing).toBe('proven');
  expect(judgeMark({ ...NODE, uid: 'uid-2' }, mute).standing).toBe('other-node');
});

test('H10: every mark that is not proven is foreign, and nothing else is', () => {
  const all: readonly (NodeMark | undefined)[] = [...MARK_STANDINGS, 'withdrawn', undefined];
  expect(all.filter(isForeignMark)).toEqual(MARK_STANDINGS.slice(1));
});

test('H10: the message says what is wrong with the mark, and what comes of it', () => {
  const found = { annotation: 'healed', mark: 'other-machine' } as const;
  expect(describeForeignMark({ ...found, policy: 'believe' })).toBe(
    'healed is true, but its proof is for another machine under this node. It is believed (healing.foreignMark: believe). To heal the node again: vigilante heal.',
  );
  expect(describeForeignMark({ ...found, policy: 'heal' })).toContain('The node is healed again');
});

test('H10: the same mark has the same Event name, and another boot or standing another one', () => {
  expect(foreignMarkKey({ mark: 'no-proof', boot: 'a' })).toBe(foreignMarkKey({ mark: 'no-proof', boot: 'a' }));
  expect(foreignMarkKey({ mark: 'no-proof', boot: 'a' })).not.toBe(foreignMarkKey({ mark: 'no-proof', boot: 'b' }));
  expect(foreignMarkKey({ mark: 'no-proof' })).not.toBe(foreignMarkKey({ mark: 'other-node' }));
});

const WHOLE: MachineIdentity = { ...NODE, kernel: 'k', os: 'o', image: 'i', ready: '2026-11-28T06:00:00Z' };

test.each<[string, Partial<MachineIdentity>, MarkStanding, RehealReason | null]>([
  ['nothing', {}, 'proven', null],
  ['the node', { uid: 'uid-2' }, 'other-node', 'machine'],
  ['the machine', { machine: 'machine-2' }, 'other-machine', 'machine'],
  ['the boot', { boot: 'boot-2' }, 'other-boot', 'boot'],
  ['the kernel', { kernel: 'k2' }, 'other-image', 'image'],
  ['the operating system', { os: 'o2' }, 'other-image', 'image'],
  ['the image', { image: 'i2' }, 'other-image', 'image'],
  ['the time of Ready', { ready: '2026-11-28T07:00:00Z' }, 'not-ready', 'not-ready'],
])(
  'E26: where %s changed since the mark, the node is healed again where that is listed',
  (_what, now, standing, reason) => {
    for (const listed of REHEAL_REASONS) {
      const judged = judgeMark(WHOLE, { ...WHOLE, ...now }, { reheal: [listed] });
      expect([listed, judged.counts]).toEqual([listed, listed !== reason]);
    }
    expect(judgeMark(WHOLE, { ...WHOLE, ...now }, { reheal: REHEAL_REASONS }).standing).toBe(standing);
  },
);

test('E26: a change that is not listed is only reported, and NotReady not even that', () => {
  const judged = (now: Partial<MachineIdentity>) => judgeMark(WHOLE, { ...WHOLE, ...now });
  expect(judged({ boot: 'boot-2' })).toEqual({ standing: 'other-boot', counts: true });
  expect(judged({ image: 'i2' })).toEqual({ standing: 'other-image', counts: true });
  expect(judged({ ready: 'later' })).toEqual({ standing: 'proven', counts: true });
});

test('E26: a listed change counts also where another one is reported', () => {
  const judged = judgeMark(WHOLE, { ...WHOLE, boot: 'boot-2', image: 'i2' }, { reheal: ['image'] });
  expect(judged).toEqual({ standing: 'other-boot', counts: false });
});

test('E26: a mark without a proof is left alone, whatever is listed', () => {
  expect(judgeMark(null, WHOLE, { reheal: REHEAL_REASONS })).toEqual({ standing: 'no-proof', counts: true });
});

test('E26: the proof of an older release, which says less, differs in what it says only', () => {
  expect(judgeMark(NODE, WHOLE, { reheal: REHEAL_REASONS })).toEqual({ standing: 'proven', counts: true });
});

test.each<[Partial<MachineIdentity>, boolean]>([
  [{}, true],
  [{ boot: 'boot-2' }, false],
  [{ image: 'i2' }, true],
  [{ ready: 'later' }, true],
])('H10, E26: where foreign marks are not believed, a mark with %j counts: %s', (now, counts) => {
  expect(judgeMark(WHOLE, { ...WHOLE, ...now }, { foreignMark: 'heal' }).counts).toBe(counts);
});
