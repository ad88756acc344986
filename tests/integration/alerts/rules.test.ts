/** The alerts by promtool: well formed, and each fires above its limits and only there. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { AGENT_CASES } from './agent-cases.ts';
import { ANNOTATION_CASES } from './annotation-cases.ts';
import { COLLECTOR_CASES } from './collector-cases.ts';
import type { RuleCase } from './rule-case.ts';
import { alertRules, RULE_FILE } from './rule-file.ts';

jest.setTimeout(600_000);

const RUNBOOKS = fileURLToPath(new URL('../../../docs/runbooks/', import.meta.url));
const PROMTOOL_TIMEOUT_MS = 60_000;
const RULE_CASES = [...AGENT_CASES, ...COLLECTOR_CASES];
const STATES = ['pending', 'firing'] as const;

let promtool: string;
let folder: string;
let files = 0;

beforeAll(async () => {
  promtool = await resolveTool('promtool');
  folder = await mkdtemp(join(tmpdir(), 'vigilante-alerts-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8', timeout: PROMTOOL_TIMEOUT_MS });
  return { status, output: `${stdout}${stderr}` };
}

/** What promtool has to say about one test of rules; empty where it passes. */
async function failureOf(ruleTest: object, series: RuleCase['series']): Promise<string> {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  const inputSeries = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const content = { rule_files: [RULE_FILE], tests: [{ interval: '1m', input_series: inputSeries, ...ruleTest }] };
  await writeFile(file, stringify(content));
  const { status, output } = run('test', 'rules', file);
  return status === 0 ? '' : output;
}

test('promtool finds nothing wrong with the rules', () => {
  expect(run('check', 'rules', '--lint=all', '--lint-fatal', RULE_FILE)).toMatchObject({ status: 0 });
});

test('promtool is strict enough to refuse a rule with a typing error', async () => {
  const file = join(folder, 'wrong.yaml');
  await writeFile(file, (await readFile(RULE_FILE, 'utf8')).replace('expr: max without', 'expr: max wihtout'));
  expect(run('check', 'rules', file).status).not.toBe(0);
});

test('every alert belongs to Vigilante and has cases of all three states', () => {
  const alerts = alertRules().map(({ alert }) => alert);
  expect(alerts.filter((alert) => !alert.startsWith('Vigilante'))).toEqual([]);
  const lacking = alerts.flatMap((alert) =>
    ([null, ...STATES] as const)
      .filter((state) => !RULE_CASES.some((one) => one.alert === alert && one.state === state))
      .map((state) => `${alert}: ${state}`),
  );
  expect(lacking).toEqual([]);
  expect(ANNOTATION_CASES.map(({ alert }) => alert).toSorted()).toEqual(alerts.toSorted());
});

test('every alert has its page among the runbooks, and every page its alert', async () => {
  const pages = alertRules().map(({ annotations }) => annotations.runbook_url.replace(/^RUNBOOKS\//, ''));
  expect((await readdir(RUNBOOKS)).toSorted()).toEqual(pages.toSorted());
  for (const { alert, annotations } of alertRules()) {
    const page = annotations.runbook_url.replace(/^RUNBOOKS\//, RUNBOOKS);
    expect(await readFile(page, 'utf8')).toMatch(new RegExp(`^# ${alert}\n[^]*\n## Look at\n[^]*\n## Do\n`));
  }
});

test.each(RULE_CASES)('$alert, $title: $state after $at', async ({ alert, series, at, state, count = 1 }) => {
  const expectations = STATES.map((one) => ({
    expr: `count(ALERTS{alertname="${alert}",alertstate="${one}"}) or vector(0)`,
    eval_time: at,
    exp_samples: [{ labels: '{}', value: one === state ? count : 0 }],
  }));
  expect(await failureOf({ promql_expr_test: expectations }, series)).toBe('');
});

test.each(ANNOTATION_CASES)('$alert says what is wrong, with the value', async (example) => {
  const { alert, series, at, labels, description } = example;
  const rule = alertRules().find((one) => one.alert === alert);
  const annotations = { ...rule?.annotations, description };
  const expected = [{ exp_labels: { ...rule?.labels, ...labels }, exp_annotations: annotations }];
  const ruleTest = { alert_rule_test: [{ alertname: alert, eval_time: at, exp_alerts: expected }] };
  expect(await failureOf(ruleTest, series)).toBe('');
});
