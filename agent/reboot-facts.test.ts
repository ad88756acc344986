/** What an agent says of its boot and of the sentinel file, with real files. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { BOOT_ID_FILE, rebootFacts } from './reboot-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigilante-sentinel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sentinelAt = (path: string) => rebootFacts({ bootId: false, sentinel: join(folder, path) });

test('M43: each fact is switched on by itself', () => {
  const missing = join(folder, 'missing');
  expect(rebootFacts({ bootId: false, sentinel: null })).toBeNull();
  expect(Object.keys(rebootFacts({ bootId: true, sentinel: null }) ?? {})).toEqual(['bootId']);
  expect(Object.keys(rebootFacts({ bootId: false, sentinel: missing }) ?? {})).toEqual(['sentinel']);
});

test('M43: the boot id is the one of the kernel, and null where it cannot be read', () => {
  expect(rebootFacts({ bootId: true, sentinel: null }, BOOT_ID_FILE)).toEqual({
    bootId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
  });
  expect(rebootFacts({ bootId: true, sentinel: null }, join(folder, 'none'))).toEqual({ bootId: null });
  writeFileSync(join(folder, 'empty'), '\n');
  expect(rebootFacts({ bootId: true, sentinel: null }, join(folder, 'empty'))).toEqual({ bootId: null });
});

test('M43: the file is present with the time of its last change, also where it is a link', () => {
  writeFileSync(join(folder, 'reboot-required'), '');
  utimesSync(join(folder, 'reboot-required'), 1_780_000_000.75, 1_780_000_000.75);
  const present = { sentinel: { state: 'present', changedMs: 1_780_000_000_750 } };
  expect(sentinelAt('reboot-required')).toEqual(present);
  symlinkSync('reboot-required', join(folder, 'link'));
  expect(sentinelAt('link')).toEqual(present);
});

test('M43: absent only where its folder is there; an agent that cannot look says unknown', () => {
  const unknown = { sentinel: { state: 'unknown', changedMs: null } };
  expect(sentinelAt('not-there')).toEqual({ sentinel: { state: 'absent', changedMs: null } });
  expect(sentinelAt('no-mount/not-there')).toEqual(unknown);
  symlinkSync('nowhere/reboot-required', join(folder, 'broken'));
  expect(sentinelAt('broken/x')).toEqual(unknown);
  symlinkSync('circle', join(folder, 'circle'));
  expect(sentinelAt('circle')).toEqual(unknown);
  writeFileSync(join(folder, 'file'), '');
  expect(sentinelAt('file/reboot-required')).toEqual(unknown);
  mkdirSync(join(folder, 'closed'));
  chmodSync(join(folder, 'closed'), 0);
  // Root may look everywhere.
  if (process.getuid?.() !== 0) expect(sentinelAt('closed/reboot-required')).toEqual(unknown);
});
