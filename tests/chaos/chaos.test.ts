/** H15: a short run of the faults of one seed; `npm run chaos` runs others, for as long as wanted. */

import { expect, test } from '@jest/globals';
import { invariantsOf } from './finding.ts';
import { keepHistories } from './keep-histories.ts';
import { summary, violationReport } from './report.ts';
import { type ChaosOptions, runChaos } from './run-chaos.ts';

test('H15: faults by a seed break no invariant, and every invariant was put to the test', async () => {
  const lines: string[] = [];
  const options: ChaosOptions = {
    seed: 16327,
    evidence: 'sandbox',
    minutes: 0.4,
    nodes: 8,
    breakName: null,
    calm: false,
    upgrade: true,
    print: (line) => lines.push(line),
  };
  const result = await runChaos(options);
  const broken = result.findings.filter(({ violations }) => violations.length > 0);
  if (broken.length > 0) {
    // Long: what was violated comes first.
    const told = [violationReport(result, options), `kept: ${await keepHistories(result)}`, ...lines, summary(result)];
    throw new Error(told.join('\n'));
  }

  expect(result.findings.map(({ invariant }) => invariant).toSorted()).toEqual(invariantsOf('sandbox'));
  expect(result.findings.filter(({ checked }) => checked === 0)).toEqual([]);
  expect(result.facts.runs.filter(({ outcome }) => outcome === 'healed').length).toBeGreaterThanOrEqual(3);
  expect(result.facts.runs.some(({ hasPatch }) => hasPatch)).toBe(true);
  expect(result.requestsHit).toBeGreaterThan(0);
  const kinds = [...result.faults.keys()].map((kind) => kind.split(' ')[0]);
  const expected = ['kill', 'stop', 'refuse', 'slow-webhook', 'revoke', 'clock-step'];
  expect(kinds).toEqual(expect.arrayContaining(expected));
}, 600_000);
