/** The sets of values in `ci` of each chart try every switch of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHARTS, valuesOf } from './helm.ts';
import { documentedValues, valueAt } from './values-table.ts';

interface Schema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
}
const SchemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), SchemaSchema).optional(),
    items: SchemaSchema.optional(),
  }),
);

interface Choice {
  readonly path: readonly string[];
  readonly allowed: readonly unknown[];
}

/** Every value that is one of few: switches and enumerations. Those of `config` are the processes' own. */
function choicesOf(schema: Schema, path: readonly string[] = []): Choice[] {
  if (path[0] === 'config') return [];
  const allowed = schema.items?.enum ?? schema.enum ?? (schema.type === 'boolean' ? [true, false] : null);
  if (allowed !== null) return [{ path, allowed }];
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => choicesOf(child, [...path, key]));
}

describe.each(CHARTS.map((one) => ({ name: basename(one.chart), ...one })))('$name', ({ chart, sets: names }) => {
  const defaults: unknown = parse(readFileSync(`${chart}values.yaml`, 'utf8'));
  const sets: readonly unknown[] = names.map((set) => parse(readFileSync(valuesOf(set, chart), 'utf8')));
  const schema = SchemaSchema.parse(JSON.parse(readFileSync(`${chart}values.schema.json`, 'utf8')));

  test('each file of ci is one of the sets', () => {
    const files = readdirSync(`${chart}ci`).map((file) => file.replace(/\.yaml$/, ''));
    expect(files.toSorted()).toEqual(names.toSorted());
  });

  test('every value is away from its default in some set', () => {
    const untried = documentedValues(readFileSync(`${chart}values.yaml`, 'utf8')).filter(
      ({ path, fallback }) =>
        !sets.some((set) => {
          const value = valueAt(set, path);
          return value !== undefined && JSON.stringify(value) !== JSON.stringify(fallback);
        }),
    );
    // The schema allows it no other value.
    const tried = untried.map(({ path }) => path.join('.')).filter((path) => path !== 'service.externalTrafficPolicy');
    expect(tried).toEqual([]);
  });

  test('every switch is on in some set and off in another, and each choice is made in some set', () => {
    const choices = choicesOf(schema);
    expect(choices.length).toBeGreaterThan(5);
    const missing = choices.flatMap(({ path, allowed }) => {
      const tried = sets.map((set) => valueAt(set, path) ?? valueAt(defaults, path)).flat();
      return allowed.filter((value) => !tried.includes(value)).map((value) => `${path.join('.')}: ${String(value)}`);
    });
    expect(missing).toEqual([]);
  });
});
