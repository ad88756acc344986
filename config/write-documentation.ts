/** Writes the tables of docs/configuration.md again: `npm run docs:configuration`. */

import { readFileSync, writeFileSync } from 'node:fs';

import { withTables } from './documentation.ts';

const page = new URL('../docs/configuration.md', import.meta.url);
writeFileSync(page, withTables(readFileSync(page, 'utf8')));
