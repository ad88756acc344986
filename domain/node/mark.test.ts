/** Tables for what a mark is worth. */

import { expect, test } from '@jest/globals';
import {
  describeForeignMark,
  foreignMarkKey,
  isForeignMark,
  MARK_STANDINGS,
  type MachineIdentity,
  markStanding,
  type NodeMark,
} from './mark.ts';

const NODE: MachineIdentity = { uid: 'uid-1', machine: 'machine-1', boot: 'boot-1' };

test.each<[string, MachineIdentity | null, ReturnType<typeof markStanding>]>([
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
  expect(markStanding(proof, NODE)).toBe(standing);
});

test('H7, H10: a node that reports neither machine nor boot is recognised by its uid alone', () => {
  const mute = { uid: 'uid-1', machine: '', boot: '' };
  expect(markStanding(NODE, mute)).toBe('proven');
  expect(markStanding({ ...NODE, uid: 'uid-2' }, mute)).toBe('other-node');
});

test('H10: every mark that is not proven is foreign, and nothing else is', () => {
  const all: readonly (NodeMark | undefined)[] = [...MARK_STANDINGS, 'withdrawn', undefined];
  expect(all.filter(isForeignMark)).toEqual(['no-proof', 'other-node', 'other-machine', 'other-boot']);
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
