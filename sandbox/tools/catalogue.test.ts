/** Pinned versions and which foreign program serves instead. */

import { expect, test } from '@jest/globals';
import { pinnedVersion, TOOL_NAMES, toolNamed } from './catalogue.ts';
import { goModuleVersion, mavenVersion, prometheusVersion, servesAs } from './version-text.ts';

test('every tool has a pinned version', async () => {
  for (const name of TOOL_NAMES) expect(await pinnedVersion(toolNamed(name))).toMatch(/^v\d+\.\d+\.\d+$/);
});

test('reads a version from a require block and from a single require line', () => {
  expect(goModuleVersion('require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)', 'k8s.io/kubernetes')).toBe('v1.36.3');
  expect(goModuleVersion('require k8s.io/kubernetes v1.2.3', 'k8s.io/kubernetes')).toBe('v1.2.3');
  expect(goModuleVersion('\tk8s.io/kubernetes-x v1.36.3', 'k8s.io/kubernetes')).toBeNull();
});

test.each([
  ['v0.316.0', 'v3.16.0'],
  ['v0.305.12', 'v3.5.12'],
] as const)('the module %s of Prometheus is the program %s', (module, program) => {
  expect(prometheusVersion(module)).toBe(program);
  expect(servesAs(`prometheus, version ${program.slice(1)} (branch: HEAD)`, prometheusVersion(module))).toBe(true);
});

test('the modules of Prometheus 2 are not mistaken for those of 3', () => {
  expect(() => prometheusVersion('v0.55.1')).toThrow('v0.55.1');
});

test('reads the version of the artifact, not the one of the plugin beside it', () => {
  const pom = '<groupId>io.temporal</groupId> <artifactId>server</artifactId>\n<version>1.38.0</version>';
  expect(mavenVersion(`<artifactId>plugin</artifactId><version>3.8.1</version>${pom}`, 'server')).toBe('v1.38.0');
  expect(mavenVersion(pom, 'other')).toBeNull();
});

test.each([
  ['Kubernetes v1.36.3', true],
  ['Client Version: v1.36.0', true],
  ['Client Version: v1.35.9', false],
  ['etcd Version: 1.3.36', false],
  ['no version at all', false],
])('a program that prints %j serves as v1.36.3: %s', (printed, serves) => {
  expect(servesAs(printed, 'v1.36.3')).toBe(serves);
});
