/** Writes again what is made from other files: `node tests/chart/write-generated.ts`. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { composeAlerts } from './compose-alerts.ts';
import { configValuesSchema } from './config-values.ts';
import { rightsTable, withRights } from './rbac-table.ts';
import { valuesTable, withTable } from './values-table.ts';

const CHART = new URL('../../charts/vigilante/', import.meta.url);
const SchemaFileSchema = z.looseObject({ properties: z.looseObject({}) });

const readme = new URL('README.md', CHART);
const table = valuesTable(readFileSync(new URL('values.yaml', CHART), 'utf8'));
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table));

const schemaFile = new URL('values.schema.json', CHART);
const schema = SchemaFileSchema.parse(JSON.parse(readFileSync(schemaFile, 'utf8')));
schema.properties['config'] = configValuesSchema();
writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
// As the check of the format wants it.
execFileSync('npm', ['exec', '--', 'biome', 'format', '--write', fileURLToPath(schemaFile)]);

const security = new URL('../../docs/security.md', import.meta.url);
const rights = rightsTable(readFileSync(new URL('files/rbac.yaml', CHART), 'utf8'));
writeFileSync(security, withRights(readFileSync(security, 'utf8'), rights));

const alerts = readFileSync(new URL('files/alerts.yaml', CHART), 'utf8');
writeFileSync(new URL('../../deploy/alerts.yaml', import.meta.url), composeAlerts(alerts));
