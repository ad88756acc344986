/** The dashboard: what Grafana demands of its JSON, what a reader does, and the ConfigMap that brings it. */

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  DASHBOARD_FILE,
  GRID_COLUMNS,
  type Panel,
  queriedPanels,
  readDashboard,
} from '../integration/alerts/dashboard-file.ts';
import { renderChart } from './helm.ts';

const dashboard = readDashboard();
const panels = queriedPanels(dashboard);

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const apart = [
    one.x + one.w <= other.x,
    other.x + other.w <= one.x,
    one.y + one.h <= other.y,
    other.y + other.h <= one.y,
  ];
  return !apart.includes(true);
}

test('ids and titles are unique, and so are the queries within a panel', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const titles = dashboard.panels.map(({ title }) => title);
  // The number at the top and its history further down.
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual(['Overdue heals']);
  for (const { targets } of panels) {
    const refIds = targets.map(({ refId }) => refId);
    expect(new Set(refIds).size).toBe(refIds.length);
  }
});

test('no panel leaves the grid or lies on another one, and every row begins a line of its own', () => {
  const outside = dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > GRID_COLUMNS);
  expect(outside).toEqual([]);
  const pairs = dashboard.panels.flatMap((one, index) =>
    dashboard.panels.slice(index + 1).flatMap((other) => (overlap(one, other) ? [`${one.title}, ${other.title}`] : [])),
  );
  expect(pairs).toEqual([]);
  const sorted = dashboard.panels.toSorted(({ gridPos: a }, { gridPos: b }) => a.y - b.y || a.x - b.x);
  expect(dashboard.panels).toEqual(sorted);
  for (const { type, gridPos } of dashboard.panels) {
    if (type === 'row') expect(gridPos).toMatchObject({ x: 0, w: GRID_COLUMNS, h: 1 });
  }
});

test('healing, its endpoints, what is marked and tainted, connectivity, maintenance, upgrades, the SDK and the processes have a row each', () => {
  expect(dashboard.panels.flatMap(({ type, title }) => (type === 'row' ? [title] : []))).toEqual([
    'At a glance',
    'Healing',
    'Source addresses',
    'Relapses and startup taints',
    'Connectivity',
    'Maintenance',
    'Upgrades',
    'Temporal SDK',
    'Processes',
  ]);
});

test('queries know only variables of the dashboard, and follow cluster and namespace in every selector', () => {
  const known = new Set([...dashboard.templating.list.map(({ name }) => name), '__rate_interval']);
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const used = [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
      expect({ title, unknown: used.filter((name) => !known.has(name)) }).toEqual({ title, unknown: [] });
      const selectors = expr.match(/\{[^}]*\}/g) ?? [];
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) {
        expect(selector).toMatch(/cluster=~"\$cluster", namespace=~"\$namespace"\}$/);
      }
    }
  }
});

test('a rate is taken over the interval that fits the scrapes, whatever that is', () => {
  const ranges = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\[[^\]]+\]/g) ?? []));
  expect(new Set(ranges)).toEqual(new Set(['[$__rate_interval]']));
});

test('labels in a legend are those that the query keeps', () => {
  for (const { title, targets } of panels) {
    for (const { expr, legendFormat } of targets) {
      const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      const lost = kept === undefined ? [] : shown.filter((label) => !kept.includes(label));
      expect({ title, lost }).toEqual({ title, lost: [] });
    }
  }
});

test('a colour is given to a series that there is', () => {
  for (const panel of panels) {
    const [legend] = panel.targets.map(({ legendFormat }) => legendFormat);
    const pattern = new RegExp(`^${legend?.replaceAll(/\{\{\w+\}\}/g, '[a-z0-9-]+')}$`);
    for (const { matcher } of panel.fieldConfig.overrides) expect(matcher.options).toMatch(pattern);
  }
});

test('every panel says what it shows, in a sentence', () => {
  const wordless = panels.filter(({ description }) => !/^[A-Z0-9/].*\.$/.test(description));
  expect(wordless.map(({ title }) => title)).toEqual([]);
});

test('the chart ships the file as it is, in a ConfigMap that the sidecar of Grafana finds', () => {
  const values = {
    'dashboard.enabled': true,
    'dashboard.labels': { team: 'platform' },
    'dashboard.annotations': { grafana_folder: 'Nodes' },
  };
  const map = renderChart('minimal', values).find(({ metadata }) => metadata.name === 'care-vigilante-dashboard');
  expect(map?.metadata['labels']).toMatchObject({ grafana_dashboard: '1', team: 'platform' });
  expect(map?.metadata['annotations']).toEqual({ grafana_folder: 'Nodes' });
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(map);
  expect(Object.keys(data)).toEqual(['vigilante.json']);
  expect(JSON.parse(data['vigilante.json'] ?? '')).toEqual(JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')));
});

test('there is no dashboard by default', () => {
  expect(renderChart('minimal').filter(({ metadata }) => metadata.name.endsWith('-dashboard'))).toEqual([]);
});
