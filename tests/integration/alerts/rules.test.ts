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
import { FLEET_CASES } from './fleet-cases.ts';
import { HEALING_CASES } from './healing-cases.ts';
import { MAINTENANCE_CASES } from './maintenance-cases.ts';
import { PRIVILEGES_CASES } from './privileges-cases.ts';
import { RELAPSE_CASES } from './relapse-cases.ts';
import type { AnnotationCase, RuleCase } from './rule-case.ts';
import { alertRules, RULE_FILE } from './rule-file.ts';
import { SOURCE_CASES } from './source-cases.ts';
import { TAINT_CASES } from './taint-cases.ts';
import { UPGRADE_CASES } from './upgrade-cases.ts';

jest.setTimeout(600_000);

const RUNBOOKS = fileURLToPath(new URL('../../../docs/runbooks/', import.meta.url));
const PROMTOOL_TIMEOUT_MS = 120_000;
const RULE_CASES = [
  ...AGENT_CASES,
  ...COLLECTOR_CASES,
  ...HEALING_CASES,
  ...MAINTENANCE_CASES,
  ...PRIVILEGES_CASES,
  ...RELAPSE_CASES,
  ...SOURCE_CASES,
  ...TAINT_CASES,
  ...UPGRADE_CASES,
  ...FLEET_CASES,
];
const CASE_ROWS = RULE_CASES.map((one, index) => ({ ...one, name: `case ${index}` }));
const STATES = ['pending', 'firing'] as const;

let promtool: string;
let folder: string;
let complaints: string;

beforeAll(async () => {
  promtool = await resolveTool('promtool');
  folder = await mkdtemp(join(tmpdir(), 'vigilante-alerts-test-'));
  complaints = await complaintsAbout([...CASE_ROWS.map(stateTest), ...ANNOTATION_CASES.map(annotationTest)]);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8', timeout: PROMTOOL_TIMEOUT_MS });
  return { status, output: `${stdout}${stderr}` };
}

/** A test of promtool, by whose name a complaint is found again. */
interface RuleTest {
  readonly name: string;
  readonly alert: string;
  readonly series: RuleCase['series'];
  readonly expectations: object;
}

/**
 * One run with a file for each alert that has no other rule: a run for each case, and all rules in each, would take a
 * minute. Returns what promtool says; empty where everything passes.
 */
async function complaintsAbout(tests: readonly RuleTest[]): Promise<string> {
  const files = [...Map.groupBy(tests, ({ alert }) => alert)].map(([alert, ofAlert]) => testFile(alert, ofAlert));
  const { status, output } = run('test', 'rules', ...(await Promise.all(files)));
  return status === 0 ? '' : output;
}

async function testFile(alert: string, tests: readonly RuleTest[]): Promise<string> {
  const rules = alertRules().filter((one) => one.alert === alert);
  const entries = tests.map(({ name, series, expectations }) => ({
    name,
    interval: '1m',
    ...expectations,
    input_series: Object.entries(series).map(([one, values]) => ({
      series: one,
      values,
    })),
  }));
  const file = join(folder, `${alert}.yaml`);
  await writeFile(`${file}.rules`, stringify({ groups: [{ name: alert, rules }] }));
  await writeFile(file, stringify({ rule_files: [`${file}.rules`], tests: entries }, { aliasDuplicateObjects: false }));
  return file;
}

/** The complaints with that name, or all where none has any: promtool then did not understand the files. */
function about(name: string, output = complaints): string {
  const blocks = output.split(/^(?= *(?:name|expr): )/m);
  if (blocks.length === 1) return output;
  return blocks.filter((block) => block.includes(`# ${name}", time:`) || block.includes(`name: ${name},`)).join('');
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
  expect((await readdir(RUNBOOKS)).toSorted()).toEqual([...pages, 'README.md'].toSorted());
  for (const { alert, annotations } of alertRules()) {
    const page = annotations.runbook_url.replace(/^RUNBOOKS\//, RUNBOOKS);
    expect(await readFile(page, 'utf8')).toMatch(new RegExp(`^# ${alert}\n[^]*\n## Look at\n[^]*\n## Do\n`));
  }
});

test('the index of the runbooks says of every alert what the rules say', async () => {
  const rows = alertRules().map(({ alert, annotations: { summary, runbook_url: url }, labels, for: after }) => {
    return `| [${alert}](${url.replace(/^RUNBOOKS\//, '')}) | ${after} | ${labels.severity} | ${summary} |`;
  });
  const index = await readFile(`${RUNBOOKS}README.md`, 'utf8');
  expect(index.split('\n').filter((line) => line.startsWith('| ['))).toEqual(rows);
});

test.each(CASE_ROWS)('$alert, $title: $state after $at', ({ name }) => {
  expect(about(name)).toBe('');
});

test.each(ANNOTATION_CASES)('$alert says what is wrong, with the value', ({ alert }) => {
  expect(about(alert)).toBe('');
});

test('an expectation that does not hold fails under its own name, and the others pass', async () => {
  const [one, other] = CASE_ROWS.filter(({ state }) => state === 'firing');
  const [example] = ANNOTATION_CASES.filter(({ alert }) => alert !== one?.alert);
  if (one === undefined || other === undefined || example === undefined) throw new Error('too few cases');
  expect(await complaintsAbout([stateTest(one), stateTest(other), annotationTest(example)])).toBe('');
  const wrong = [stateTest({ ...one, state: 'pending' }), annotationTest({ ...example, description: 'other' })];
  const output = await complaintsAbout([...wrong, stateTest(other)]);
  expect(about(one.name, output)).toMatch(/exp: .*\n *got: /);
  expect(about(example.alert, output)).toContain('other');
  expect(about(other.name, output)).toBe('');
});

/** promtool does not name such a test, but repeats the expression. */
function stateTest({ name, alert, series, at, state, count = 1 }: RuleCase & { readonly name: string }): RuleTest {
  const expected = STATES.map((one) => ({
    expr: `count(ALERTS{alertname="${alert}",alertstate="${one}"}) or vector(0) # ${name}`,
    eval_time: at,
    exp_samples: [{ labels: '{}', value: one === state ? count : 0 }],
  }));
  return { name, alert, series, expectations: { promql_expr_test: expected } };
}

function annotationTest({ alert, series, at, labels, description }: AnnotationCase): RuleTest {
  const rule = alertRules().find((one) => one.alert === alert);
  const annotations = { ...rule?.annotations, description };
  const expected = [{ exp_labels: { ...rule?.labels, ...labels }, exp_annotations: annotations }];
  const expectations = { alert_rule_test: [{ alertname: alert, eval_time: at, exp_alerts: expected }] };
  return { name: alert, alert, series, expectations };
}
