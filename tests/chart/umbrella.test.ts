/** The chart as a part of another one, whose values Helm hands down. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { CHART, runHelm } from './helm.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigilante-umbrella-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PARENT = {
  apiVersion: 'v2',
  name: 'platform',
  version: '1.0.0',
  dependencies: [
    {
      name: 'vigilante',
      version: '*',
      repository: '',
      condition: 'vigilante.enabled',
    },
  ],
};
const NEEDED = { image: { repository: 'registry.example.com/vigilante' }, temporal: { address: 'temporal:7233' } };

let count = 0;

/** Renders a chart that has `values` in its own values.yaml. */
function renderUmbrella(values: object): { readonly status: number | null; readonly stdout: string } {
  const chart = join(folder, `umbrella-${count++}`);
  mkdirSync(join(chart, 'charts'), { recursive: true });
  cpSync(CHART, join(chart, 'charts/vigilante'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), stringify(PARENT));
  writeFileSync(join(chart, 'values.yaml'), stringify(values));
  return runHelm(['template', 'platform', chart]);
}

test('the condition of an umbrella chart decides whether it is rendered, and is accepted as a value', () => {
  const on = renderUmbrella({ vigilante: { enabled: true, ...NEEDED }, global: { team: 'platform' } });
  expect(on.status).toBe(0);
  expect(on.stdout).toContain('kind: Deployment');
  const off = renderUmbrella({ vigilante: { enabled: false } });
  expect(off).toMatchObject({ status: 0, stdout: expect.not.stringContaining('kind:') });
});

test('an umbrella chart can leave the group of volumes to the cluster', () => {
  const { status, stdout } = renderUmbrella({ vigilante: { ...NEEDED, podSecurityContext: { fsGroup: '' } } });
  expect({ status, hasGroup: stdout.includes('fsGroup') }).toEqual({ status: 0, hasGroup: false });
});

test('null takes the group away, as OpenShift asks for, and leaves what Pod Security restricted asks for', () => {
  const needed = ['--set', 'image.repository=a', '--set', 'temporal.address=a:1'];
  const { status, stdout } = runHelm([
    'template',
    'care',
    CHART,
    ...needed,
    '--set',
    'podSecurityContext.fsGroup=null',
  ]);
  expect(status).toBe(0);
  expect(stdout).not.toContain('fsGroup');
  expect(stdout).toContain('runAsNonRoot: true');
  expect(runHelm(['template', 'care', CHART, ...needed]).stdout).toContain('fsGroup: 10001');
});
