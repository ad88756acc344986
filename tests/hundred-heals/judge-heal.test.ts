/** What the judge of a heal lets pass and what not: E57 and E17, on facts made by hand. */

import { expect, test } from '@jest/globals';
import { type HealFacts, healViolations, type PodFacts } from './judge-heal.ts';

const NODE = '10.241.0.11';
const RULES = { proofsMin: 2 };
const CURED_MS = 25_000;

/** Made at that second, and there for three. */
function pod(second: number, changes: Partial<PodFacts> = {}): PodFacts {
  return {
    name: `pod-${second}`,
    createdMs: second * 1_000,
    deletedMs: second * 1_000 + 3_000,
    addresses: [`10.101.0.${second}`],
    verdict: second * 1_000 < CURED_MS ? 'refuted' : 'proven',
    ...changes,
  };
}

/** Two seconds after its pod was made. */
function arrival(second: number, source = `10.101.0.${second}`) {
  return { atMs: second * 1_000 + 2_000, source };
}

/** Cured at 25 s, marked at 60 s; pods at 10, 20, 30, 40 and 50 s. */
const heal: HealFacts = {
  nodeAddress: NODE,
  curedMs: CURED_MS,
  marksMs: [60_000],
  pods: [10, 20, 30, 40, 50].map((second) => pod(second)),
  arrivals: [arrival(10, NODE), arrival(20, NODE), arrival(30), arrival(40), arrival(50)],
};

test('E57: a heal whose last pods showed their own addresses before its mark is as it must be', () => {
  expect(healViolations(heal, RULES)).toEqual([]);
});

test('E57: a pod that sent nothing is neither a proof nor one against it', () => {
  const silent = pod(55, { addresses: [], verdict: 'silent' });
  expect(healViolations({ ...heal, pods: [...heal.pods, silent] }, RULES)).toEqual([]);
});

test('E57: packets of the other node say nothing about this one', () => {
  const others = [
    { atMs: 45_000, source: '10.241.0.12' },
    { atMs: 51_000, source: '10.102.0.7' },
  ];
  expect(healViolations({ ...heal, arrivals: [...heal.arrivals, ...others] }, RULES)).toEqual([]);
});

const WRONG: readonly {
  readonly name: string;
  readonly changes: Partial<HealFacts>;
  readonly found: readonly string[];
}[] = [
  { name: 'no mark', changes: { marksMs: [] }, found: ['the node was not marked'] },
  { name: 'two marks', changes: { marksMs: [60_000, 61_000] }, found: ['the node was marked 2 times'] },
  {
    name: 'a mark before the cure',
    changes: { curedMs: 60_001 },
    found: ['the mark came 1 ms before the cure', 'the mark came before any packet with the address of a healing pod'],
  },
  {
    name: 'a mark before the first packet of its own after the cure',
    changes: { marksMs: [31_999] },
    found: [
      'the mark came before any packet with the address of a healing pod',
      'pod-20, one of the last 2 before the mark, showed the address of the node',
    ],
  },
  {
    name: 'a mark with one proof',
    changes: { marksMs: [39_000] },
    found: ['pod-20, one of the last 2 before the mark, showed the address of the node'],
  },
  {
    name: 'a mark although the last pod was translated',
    changes: {
      pods: [...heal.pods.slice(0, 4), pod(50, { verdict: 'refuted' })],
      arrivals: [...heal.arrivals.slice(0, 4), arrival(50, NODE)],
    },
    found: ['pod-50, one of the last 2 before the mark, showed the address of the node'],
  },
  {
    name: 'a pod that showed both addresses and counts',
    changes: { arrivals: [...heal.arrivals, arrival(30, NODE)] },
    found: ["pod-30 counts as proof, but showed its node's address"],
  },
  {
    name: 'a proof of which nothing arrived',
    changes: { arrivals: heal.arrivals.filter(({ source }) => source !== '10.101.0.30') },
    found: ['pod-30 counts as proof, but sent nothing of its own'],
  },
  {
    name: 'a refutation of which nothing arrived',
    changes: { arrivals: heal.arrivals.slice(1) },
    found: ["pod-10 is refuted, but never showed its node's address"],
  },
  {
    name: 'a mark without any packet',
    changes: { arrivals: [], pods: heal.pods.map((one) => ({ ...one, verdict: null })) },
    found: [
      'the mark came before any packet with the address of a healing pod',
      'only 0 pods sent anything before the mark',
    ],
  },
];

test.each(WRONG)('E57: $name is noticed', ({ changes, found }) => {
  expect(healViolations({ ...heal, ...changes }, RULES)).toEqual(found);
});

test('E17: a pod that was made while the one before was there is noticed', () => {
  const [first, second, ...rest] = heal.pods;
  if (first === undefined || second === undefined) throw new Error('expected two pods');
  for (const deletedMs of [second.createdMs + 1, null]) {
    const pods = [{ ...first, deletedMs }, second, ...rest];
    expect(healViolations({ ...heal, pods }, RULES)).toContain('pod-20 was made while pod-10 was there');
  }
});

test('E20: a mark that follows its cure too late is found where it has to follow it at once', () => {
  expect(healViolations(heal, { ...RULES, markWithinMs: 35_000 })).toEqual([]);
  expect(healViolations(heal, { ...RULES, markWithinMs: 34_999 })).toEqual([
    'the mark came 35000 ms after the cure, 34999 ms are allowed',
  ]);
});
