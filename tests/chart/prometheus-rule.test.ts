/** The alerts as the chart renders them. */

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHART, type Manifest, NAMESPACE, renderChart } from './helm.ts';

const RuleSchema = z.looseObject({ alert: z.string(), annotations: z.record(z.string(), z.string()) });
const GroupsSchema = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(RuleSchema) })) });
type Groups = z.infer<typeof GroupsSchema>['groups'];

const FILE = readFileSync(`${CHART}files/alerts.yaml`, 'utf8');
const ON = { 'prometheusRule.enabled': true, 'config.connectivity.enabled': true };

function ruleOf(values: Readonly<Record<string, unknown>>): Manifest | null {
  return renderChart('minimal', values).find(({ kind }) => kind === 'PrometheusRule') ?? null;
}

function groupsOf(values: Readonly<Record<string, unknown>>): Groups {
  return GroupsSchema.parse(ruleOf(values)?.['spec']).groups;
}

test('there is no PrometheusRule by default: most clusters do not know the kind', () => {
  expect(ruleOf({})).toBeNull();
});

test('the rules are those of files/alerts.yaml, with the address of the runbooks', () => {
  const runbookUrl = 'https://runbooks.example.com/vigilante';
  const all = GroupsSchema.parse(parse(FILE.replaceAll('RUNBOOKS', runbookUrl))).groups;
  const off = [
    'vigilante-source-address',
    'vigilante-startup-taints',
    'vigilante-privileges',
    'vigilante-maintenance',
    'vigilante-reboots',
    'vigilante-upgrades',
    'vigilante-fleet',
  ];
  const groups = all.filter(({ name }) => !off.includes(name));
  expect(groupsOf({ ...ON, 'prometheusRule.runbookUrl': runbookUrl })).toEqual(groups);
  expect(groupsOf({ ...ON, 'prometheusRule.runbookUrl': `${runbookUrl}/` })).toEqual(groups);
});

test('an alert has no link where the address of the runbooks is not configured', () => {
  const rules = groupsOf(ON).flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.filter(({ annotations }) => 'runbook_url' in annotations)).toEqual([]);
});

test('where the connectivity is not watched, no alert says that it is not', () => {
  const names = (groups: Groups) => groups.map(({ name }) => name);
  expect(names(groupsOf({ 'prometheusRule.enabled': true, 'collector.enabled': false }))).toEqual([
    'vigilante-healing',
  ]);
  expect(names(groupsOf(ON)).toSorted()).toEqual([
    'vigilante-collector',
    'vigilante-connectivity',
    'vigilante-healing',
    'vigilante-watch',
  ]);
});

test('where healing pods ask endpoints there are alerts about these', () => {
  const endpoints = [{ name: 'onprem-1', url: 'http://10.50.0.20:8080/v1/source', trust: 'unsigned' }];
  const names = (values: Readonly<Record<string, unknown>>) => groupsOf({ ...ON, ...values }).map(({ name }) => name);
  const added = names({ 'config.healing.echo.endpoints': endpoints }).filter((name) => !names({}).includes(name));
  expect(added).toEqual(['vigilante-source-address']);
});

test('E29: where nodes have a startup taint there are alerts about it, and one of them asks for its key', () => {
  const endpoints = [{ name: 'onprem-1', url: 'http://10.50.0.20:8080/v1/source', trust: 'unsigned' }];
  const keys = {
    'config.healing.evidence': 'source-address',
    'config.healing.echo.endpoints': endpoints,
    'config.healing.taint.key': 'example.com/new',
  };
  const added = groupsOf({ ...ON, ...keys }).filter(({ name }) => name === 'vigilante-startup-taints');
  expect(added).toHaveLength(1);
  expect(JSON.stringify(added)).toContain(JSON.stringify('{key=~"example\\\\.com/new"}').slice(1, -1));
  expect(JSON.stringify(added)).not.toContain('STARTUP_TAINTS');
});

test('M51: where privileges are compared there are alerts about them', () => {
  const names = (values: Readonly<Record<string, unknown>>) => groupsOf({ ...ON, ...values }).map(({ name }) => name);
  const compared = { 'maintainer.enabled': true, 'config.maintenance.privileges.enabled': true };
  expect(names(compared).filter((name) => !names({}).includes(name))).toEqual(['vigilante-privileges']);
  expect(names({ 'maintainer.enabled': true })).toEqual(names({}));
});

test('M30: where nodes are acted upon there are alerts about it, and about reboots where these are watched', () => {
  const names = (values: Readonly<Record<string, unknown>>) => groupsOf({ ...ON, ...values }).map(({ name }) => name);
  const acts = { 'maintainer.enabled': true, 'config.maintenance.executors': { wait: { kind: 'none' } } };
  const added = (values: Readonly<Record<string, unknown>>) =>
    names(values).filter((name) => !names({}).includes(name));
  expect(added(acts)).toEqual(['vigilante-maintenance']);
  const reboots = { ...acts, 'config.maintenance.reboots.enabled': true };
  expect(added(reboots)).toEqual(['vigilante-maintenance', 'vigilante-reboots']);
});

test('M30: where a group of nodes has an executor that upgrades them there are alerts about upgrades', () => {
  const names = (group: object, isOn = true) => {
    const maintenance = {
      'maintainer.enabled': isOn,
      'config.maintenance.executors': { wait: { kind: 'none' } },
      'config.maintenance.budget.groups': [{ name: 'workers', selector: '', max: 1, ...group }],
    };
    return groupsOf({ ...ON, ...maintenance }).map(({ name }) => name);
  };
  const upgraded = { executor: 'wait' };
  expect(names(upgraded).filter((name) => !names({}).includes(name))).toEqual(['vigilante-upgrades']);
  expect(names(upgraded, false)).toEqual(names({}, false));
});

test('M41: where the process of a fleet runs there are alerts about its runs', () => {
  const names = (isOn: boolean) => groupsOf({ ...ON, 'fleet.enabled': isOn }).map(({ name }) => name);
  expect(names(true).filter((name) => !names(false).includes(name))).toEqual(['vigilante-fleet']);
});

test('a collector that no watch evaluates has its alerts, and those of its agents', () => {
  const groups = groupsOf({ ...ON, 'config.connectivity.enabled': false }).map(({ name }) => name);
  expect(groups.toSorted()).toEqual(['vigilante-collector', 'vigilante-connectivity', 'vigilante-healing']);
});

test('the PrometheusRule carries the labels by which a Prometheus finds it', () => {
  expect(ruleOf({ ...ON, 'prometheusRule.labels': { release: 'monitoring' } })?.metadata).toMatchObject({
    name: 'care-vigilante',
    namespace: NAMESPACE,
    labels: { release: 'monitoring', 'app.kubernetes.io/name': 'vigilante' },
  });
});
