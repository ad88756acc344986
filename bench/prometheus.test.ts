/** The text format of metrics. */

import { expect, test } from '@jest/globals';
import { parseMetrics, sumOf } from './prometheus.ts';

const PAGE = parseMetrics(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="get",path="/a{b}\\"c"} 3
requests_total{verb="list"} 1e3
up 1
`);

test('the series of a name are added up, without those of other labels', () => {
  expect(sumOf(PAGE, 'requests_total')).toBe(1_003);
  expect(sumOf(PAGE, 'requests_total', { verb: 'get' })).toBe(3);
  expect(sumOf(PAGE, 'requests_total', { verb: 'put' })).toBe(0);
  expect(sumOf(PAGE, 'up')).toBe(1);
});
