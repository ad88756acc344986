/** Writes again what is made from other files: `node tests/chart/write-generated.ts`. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { composeAlerts } from './compose-alerts.ts';
import { type ChartConfig, configValuesSchema, ECHO_CONFIG, MAIN_CONFIG } from './config-values.ts';
import { rightsTable, withRights } from './rbac-table.ts';
import { valuesTable, withTable } from './values-table.ts';

const CHART = new URL('../../charts/vigilante/', import.meta.url);
const ECHO_CHART = new URL('../../charts/vigilante-echo/', import.meta.url);
const SchemaFileSchema = z.looseObject({ properties: z.looseObject({}) });

function writeChart(chart: URL, config: ChartConfig): void {
  const readme = new URL('README.md', chart);
  const table = valuesTable(readFileSync(new URL('values.yaml', chart), 'utf8'));
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table));

  const schemaFile = new URL('values.schema.json', chart);
  const schema = SchemaFileSchema.parse(JSON.parse(readFileSync(schemaFile, 'utf8')));
  schema.properties['config'] = configValuesSchema(config);
  writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
  // As the check of the format wants it.
  execFileSync('npm', ['exec', '--', 'biome', 'format', '--write', fileURLToPath(schemaFile)]);
}

writeChart(CHART, MAIN_CONFIG);
writeChart(ECHO_CHART, ECHO_CONFIG);

const security = new URL('../../docs/security.md', import.meta.url);
const rights = rightsTable(readFileSync(new URL('files/rbac.yaml', CHART), 'utf8'));
writeFileSync(security, withRights(readFileSync(security, 'utf8'), rights));

const alerts = readFileSync(new URL('files/alerts.yaml', CHART), 'utf8');
writeFileSync(new URL('../../deploy/alerts.yaml', import.meta.url), composeAlerts(alerts));
