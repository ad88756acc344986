/** The annotation `vigilante-snat-proof`: written small, read leniently. */

import { expect, test } from '@jest/globals';
import { anything, assert, constantFrom, property, record, string } from 'fast-check';
import { formatNodeProof, type NodeProof, PROOF_LENGTH_MAX, parseNodeProof, proofTimeMs } from './node-proof.ts';

const PROOF: NodeProof = {
  uid: '0b6a3f0e-8a52-4f0c-9d6e-0c8b7b8f4a11',
  machine: '53AB7A4E-6B3C-4E7D-9F51-2D1C2A8C6F10',
  boot: '7',
  kernel: '10.0.20348.2966',
  os: 'Windows Server 2022 Datacenter',
  image: 'AKSWindows-2022-containerd-gen2-20348.2966.251112',
  ready: '2026-11-28T05:00:00Z',
  at: '2026-11-28T06:00:00.000Z',
  proven: 58,
  attempts: 60,
  evidence: 'sandbox',
  run: '0192f3a4-0000-7000-8000-000000000001',
};

test('H7: what is written is read back as the identity of the machine', () => {
  const { uid, machine, boot, kernel, os, image, ready } = PROOF;
  expect(parseNodeProof(formatNodeProof(PROOF))).toEqual({ uid, machine, boot, kernel, os, image, ready });
  expect(JSON.parse(formatNodeProof(PROOF))).toEqual({ v: 1, ...PROOF });
});

test('H7: the annotation is bounded, whatever the kubelet reports', () => {
  const long = Object.fromEntries(
    Object.entries(PROOF).map(([key, value]) => [key, typeof value === 'string' ? 'Ü'.repeat(9_000) : value]),
  );
  const text = formatNodeProof(long as never);
  expect(text.length).toBeLessThanOrEqual(PROOF_LENGTH_MAX);
  expect(parseNodeProof(text)).not.toBeNull();
});

test.each<[string, string | undefined]>([
  ['nothing', undefined],
  ['an empty text', ''],
  ['no JSON', 'true'],
  ['broken JSON', '{"v":1,"uid":"a"'],
  ['a list', '[1]'],
  ['null', 'null'],
  ['no version', JSON.stringify({ ...PROOF })],
  ['no uid', JSON.stringify({ v: 1, ...PROOF, uid: undefined })],
  ['an empty uid', JSON.stringify({ v: 1, ...PROOF, uid: '' })],
  ['a uid that is no text', JSON.stringify({ v: 1, ...PROOF, uid: 7 })],
  ['no machine', JSON.stringify({ v: 1, ...PROOF, machine: undefined })],
  ['a boot that is a number', JSON.stringify({ v: 1, ...PROOF, boot: 7 })],
  ['a text that is too long', JSON.stringify({ v: 1, ...PROOF, more: 'x'.repeat(PROOF_LENGTH_MAX) })],
])('H10: %s is no proof of ours', (_title, annotation) => {
  expect(parseNodeProof(annotation)).toBeNull();
});

test('H10: the proof of a newer release is read, with more keys and a higher version', () => {
  const newer = JSON.stringify({ v: 2, ...PROOF, source: '10.240.0.31', nested: { a: 1 } });
  expect(parseNodeProof(newer)).toMatchObject({ uid: PROOF.uid });
});

test('H10: no annotation makes the parser throw', () => {
  const shaped = record({ v: anything(), uid: anything(), machine: anything(), boot: anything() });
  assert(
    property(string(), shaped, constantFrom('raw', 'json'), (raw, value, kind) => {
      const text =
        kind === 'raw'
          ? raw
          : (JSON.stringify(value, (_key, found: unknown) => (typeof found === 'bigint' ? 1 : found)) ?? '');
      const parsed = parseNodeProof(text);
      if (parsed !== null) expect(Object.values(parsed).every((found) => typeof found === 'string')).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('E26: a proof of an older release stays readable, and says nothing of what it lacks', () => {
  const { uid, machine, boot } = PROOF;
  const old = JSON.stringify({ v: 1, uid, machine, boot, kernel: 7 });
  expect(parseNodeProof(old)).toEqual({ uid, machine, boot, kernel: '', os: '', image: '', ready: '' });
});

test('E22: the proof says since when a node is marked', () => {
  expect(proofTimeMs(formatNodeProof(PROOF))).toBe(Date.parse(PROOF.at));
  expect([undefined, 'true', formatNodeProof({ ...PROOF, at: 'soon' })].map(proofTimeMs)).toEqual([null, null, null]);
});
