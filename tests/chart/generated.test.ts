/** What write-generated.ts makes of each chart is up to date. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { configValuesSchema, ECHO_CONFIG, MAIN_CONFIG } from './config-values.ts';
import { CHART, ECHO_CHART } from './helm.ts';
import { TABLE_BEGIN, TABLE_END, valuesTable } from './values-table.ts';

const CHANGE = 'node tests/chart/write-generated.ts brings it up to date';
const CHARTS = [
  { name: basename(CHART), chart: CHART, config: MAIN_CONFIG },
  { name: basename(ECHO_CHART), chart: ECHO_CHART, config: ECHO_CONFIG },
];

test.each(CHARTS)(`$name: the README's table is that of values.yaml; ${CHANGE}`, ({ chart }) => {
  const table = valuesTable(readFileSync(`${chart}values.yaml`, 'utf8'));
  expect(readFileSync(`${chart}README.md`, 'utf8')).toContain(`${TABLE_BEGIN}\n${table}\n${TABLE_END}`);
});

test.each(CHARTS)(`$name: values.schema.json knows config as the processes do; ${CHANGE}`, ({ chart, config }) => {
  const schema = z
    .object({ properties: z.object({ config: z.unknown() }) })
    .parse(JSON.parse(readFileSync(`${chart}values.schema.json`, 'utf8')));
  expect(schema.properties.config).toEqual(JSON.parse(JSON.stringify(configValuesSchema(config))));
});
