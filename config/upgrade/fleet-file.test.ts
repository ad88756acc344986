/** Files of runs, and of shell variables, as people write them. */

import { expect, test } from '@jest/globals';
import { ConfigError } from '../config-error.ts';
import { parseDeployFile } from './deploy-file.ts';
import { parseFleetFile } from './fleet-file.ts';

const FILE = `
run: 2026-48-v1-37
versions: { kubernetes: v1.37.2, cni: v1.6.2 }
stages:
  - name: sandbox
    clusters: [sandbox]
    soak: { for: 7d }
  - name: production
    clusters: [weu, neu]
    parallelMax: 2
    approval: before
    notBefore: 2026-12-01T00:00:00Z
`;
const WHERE = { path: 'fleet.yaml', startedBy: 'anna' };
const DAY_MS = 86_400_000;

test('a file says in words what a run is started with', () => {
  expect(parseFleetFile(FILE, WHERE)).toEqual({
    run: '2026-48-v1-37',
    startedBy: 'anna',
    versions: { kubernetes: 'v1.37.2', cni: 'v1.6.2', crictl: null, etcd: null, artifacts: [] },
    parts: ['control-plane', 'workers'],
    onUnreachable: 'halt',
    clusterFailuresMax: 0,
    stages: [
      {
        name: 'sandbox',
        clusters: ['sandbox'],
        parallelMax: 1,
        soak: { forMs: 7 * DAY_MS, resetsMax: 3, deadlineMs: 21 * DAY_MS },
        approval: 'none',
        notBeforeMs: null,
      },
      {
        name: 'production',
        clusters: ['weu', 'neu'],
        parallelMax: 2,
        soak: null,
        approval: 'before',
        notBeforeMs: Date.parse('2026-12-01T00:00:00Z'),
      },
    ],
  });
});

test.each([
  [
    'an unknown key',
    FILE.replace('parallelMax', 'parallel'),
    'stages.1: unknown key parallel, allowed are name, clusters, parallelMax, soak, approval, notBefore',
  ],
  ['a version without its v', FILE.replace('v1.37.2', '1.37.2'), 'versions.kubernetes'],
  ['a duration without a unit', FILE.replace('7d', '"7"'), 'stages.0.soak.for'],
  ['a cluster that is there twice', FILE.replace('weu', 'sandbox'), 'the cluster sandbox is there twice'],
  ['a name of a run that is no label', FILE.replace('2026-48-v1-37', 'Run_1'), 'run: expected the name of a run'],
  ['a version that is a number', FILE.replace('v1.37.2', '1.37'), 'versions.kubernetes: expected a version such as'],
  ['no name of a run', FILE.replace('run: 2026-48-v1-37', ''), 'run: is missing: expected a text'],
  ['a list that is none', FILE.replace('[sandbox]', 'sandbox'), 'stages.0.clusters: expected a list, got "sandbox"'],
  ['a number that is too small', FILE.replace('parallelMax: 2', 'parallelMax: 0'), 'expected at least 1, got 0'],
  ['half a cluster at a time', FILE.replace('parallelMax: 2', 'parallelMax: 1.5'), 'expected a whole number, got 1.5'],
  [
    'an approval that there is not',
    FILE.replace('approval: before', 'approval: maybe'),
    'approval: expected one of none, before, got "maybe"',
  ],
  [
    'a time without a day',
    FILE.replace('2026-12-01T00:00:00Z', 'noon'),
    'notBefore: expected a time such as 2026-12-07T00:00:00Z, got "noon"',
  ],
  ['what is no YAML', 'run: [', 'no YAML'],
])('a file with %s is refused with what is wrong', (_, text, problem) => {
  expect(() => parseFleetFile(text, WHERE)).toThrow(ConfigError);
  expect(() => parseFleetFile(text, WHERE)).toThrow(problem);
});

test('all that is wrong with a file is told together', () => {
  const text = FILE.replace('2026-48-v1-37', 'X').replace('v1.37.2', 'latest').replace('[weu, neu]', '[weu, "NEU/1"]');
  const problems = [
    'run: expected the name of a run',
    'versions.kubernetes: expected a version such as v1.37.2',
    'stages.1.clusters.1: expected',
  ];
  for (const problem of problems) expect(() => parseFleetFile(text, WHERE)).toThrow(problem);
  const empty = FILE.replace('2026-48-v1-37', 'X')
    .replace('[sandbox]', '[]')
    .replace('parallelMax: 2', 'parallelMax: 0');
  for (const problem of ['run: ', 'stages.0.clusters: expected at least one cluster', 'stages.1.parallelMax: ']) {
    expect(() => parseFleetFile(empty, WHERE)).toThrow(problem);
  }
  expect(() => parseFleetFile('run: X\nversions: { kubernetes: v1.37.2 }\nstages: []', WHERE)).toThrow(
    /run: expected.*stages: expected at least one stage/s,
  );
});

test('the three lines of a k8s_deploy.conf are read, whatever stands around them', () => {
  const text =
    '#!/bin/bash\nexport REGION=x\nK8S_VERSION=v1.37.2\nexport K8S_CNI_VERSION="v1.6.2"\nK8S_CRICTL_VERSION=v1.33.0 # as kubeadm\n';
  expect(parseDeployFile(text, 'k8s_deploy.conf')).toMatchObject({
    kubernetes: 'v1.37.2',
    cni: 'v1.6.2',
    crictl: 'v1.33.0',
  });
});

test.each([
  'K8S_VERSION=v1.37.2\nK8S_CNI_VERSION=v1.6.2\n',
  'K8S_VERSION=latest\nK8S_CNI_VERSION=v1\nK8S_CRICTL_VERSION=v1.33.0',
])('M4: a k8s_deploy.conf without a version is refused: %j', (text) => {
  expect(() => parseDeployFile(text, 'k8s_deploy.conf')).toThrow(ConfigError);
});
