/** Reads the versions of a `k8s_deploy.conf`, a file of shell variables: three of its lines count, and it is left as it is. */

import type { TargetVersions } from '../../contracts/upgrade/upgrade-cluster.ts';
import { parseVersion, type Version } from '../../domain/maintenance/version.ts';
import { ConfigError } from '../config-error.ts';

const LINE = /^(?:export\s+)?(K8S_VERSION|K8S_CNI_VERSION|K8S_CRICTL_VERSION)=(["']?)(.*?)\2\s*(?:#.*)?$/;

/** `path`: for the messages. Throws `ConfigError` where a version is missing, or no version. The last line of a name counts, as in a shell. */
export function parseDeployFile(text: string, path: string): TargetVersions {
  const written = new Map(
    text.split('\n').flatMap((line) => {
      const [, name, , value] = LINE.exec(line.trim()) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  const problems: string[] = [];
  const versionOf = (name: string): Version | null => {
    const value = written.get(name);
    const found = value === undefined ? null : parseVersion(value);
    if (found === null) problems.push(`${name}: expected a line such as ${name}=v1.37.2, got ${value ?? 'none'}`);
    return found;
  };
  const kubernetes = versionOf('K8S_VERSION');
  const cni = versionOf('K8S_CNI_VERSION');
  const crictl = versionOf('K8S_CRICTL_VERSION');
  if (kubernetes === null || problems.length > 0) throw new ConfigError(path, problems);
  return { kubernetes, cni, crictl, etcd: null, artifacts: [] };
}
