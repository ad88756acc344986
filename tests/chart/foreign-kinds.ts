/** Kinds of cert-manager, of the Prometheus operator and of the managed Prometheus of AKS: with their real definitions the API server checks objects of them. */

import { readFile } from 'node:fs/promises';
import { applyDefinitions } from '../../sandbox/crds.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { type ModuleFiles, resolveModuleFiles } from '../../sandbox/tools/module-file.ts';

const OPERATOR_GROUP = 'monitoring.coreos.com';

const SOURCES: readonly ModuleFiles[] = [
  {
    module: 'github.com/cert-manager/cert-manager',
    files: ['issuers', 'certificates'].map((kind) => `deploy/crds/cert-manager.io_${kind}.yaml`),
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    files: ['servicemonitors', 'podmonitors', 'prometheusrules'].map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  },
];

export async function addForeignKinds({ api }: Pick<Sandbox, 'api'>): Promise<void> {
  const files = await Promise.all(SOURCES.map(resolveModuleFiles));
  const definitions = await Promise.all(files.flat().map((file) => readFile(file, 'utf8')));
  const monitoring = definitions.filter((text) => text.includes(OPERATOR_GROUP));
  // AKS has taken the operator's definitions over under a group of its own.
  const managed = monitoring.map((text) => text.replaceAll(OPERATOR_GROUP, `az${OPERATOR_GROUP}`));
  await applyDefinitions(api, [...definitions, ...managed]);
}
