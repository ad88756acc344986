/** `scale`: whether every attempt of so many nodes is made when it is due, and what it costs. */

import { parseArgs } from 'node:util';
import type { TemporalStore } from '../sandbox/parts/temporal.ts';
import { type BenchResult, UsageError, wholeNumber } from './result.ts';
import { runScale } from './scale-run.ts';
import { figuresOf } from './scale-table.ts';
import { settings } from './settings.ts';

const STORES: Readonly<Record<string, readonly TemporalStore[]>> = {
  memory: ['memory'],
  file: ['file'],
  both: ['memory', 'file'],
};

export async function scale(args: readonly string[]): Promise<BenchResult> {
  const { nodes, stores, seconds, intervalSeconds, config } = optionsOf(args);
  const columns: ReturnType<typeof figuresOf>[] = [];
  for (const store of stores) {
    for (const count of nodes) {
      process.stderr.write(`${count} nodes, Temporal on ${store}\n`);
      columns.push(figuresOf(await runScale({ nodes: count, store, seconds, intervalSeconds, config })));
    }
  }
  const names = [...new Set(columns.flatMap(({ values }) => Object.keys(values)))];
  const rows = names.map((name) => ({
    'per run': name,
    ...Object.fromEntries(columns.map(({ nodes, store, values }) => [`${nodes} nodes, ${store}`, values[name] ?? ''])),
  }));
  const set = Object.keys(config).length === 0 ? '' : `, ${JSON.stringify(config)}`;
  return { title: `healing every ${intervalSeconds} s, measured for ${seconds} s${set}`, rows };
}

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '100,300,1000' },
      store: { type: 'string', default: 'both' },
      seconds: { type: 'string', default: '180' },
      /** From one attempt of a node to the next. */
      interval: { type: 'string', default: '30' },
      /** A key of the configuration, as `worker.cachedWorkflowsMax=500`; may be given several times. */
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const stores = STORES[values.store];
  if (stores === undefined)
    throw new UsageError(`--store is ${values.store}; allowed: ${Object.keys(STORES).join(', ')}`);
  return {
    nodes: values.nodes.split(',').map((text) => wholeNumber('--nodes', text, { min: 1, max: 5_000 })),
    stores,
    seconds: wholeNumber('--seconds', values.seconds, { min: 10, max: 3_600 }),
    intervalSeconds: wholeNumber('--interval', values.interval, { min: 1, max: 3_600 }),
    config: settings(values.set),
  };
}
