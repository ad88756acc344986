/** The third-party programs of the sandbox: where each is pinned and how it is built. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { goModuleVersion, mavenVersion, prometheusVersion, type Version } from './version-text.ts';

export const TOOL_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'kwok',
  'temporal',
  'helm',
  'temporal-test-server',
  'prometheus',
  'promtool',
  'compose-spec',
  // The next version of Kubernetes: built when an upgrade is tried, and not before.
  'kube-apiserver-next',
  'kube-controller-manager-next',
  'kube-scheduler-next',
  'kubelet-next',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** A Go program, pinned by `tools/<folder>/go.mod`. */
export interface GoTool {
  readonly kind: 'go';
  readonly name: ToolName;
  readonly folder: string;
  readonly package: string;
  /** The module in go.mod whose version is the tool's. */
  readonly module: string;
  /** Where the module is numbered otherwise than the program. */
  readonly programVersion?: (moduleVersion: Version) => Version;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Variables set by the linker, so that the program knows its version. */
  readonly linkerValues: (version: string) => Readonly<Record<string, string>>;
  /** Makes a program from the PATH print its version. */
  readonly versionArguments: readonly string[];
}

/** A Java program, pinned by `tools/<folder>/pom.xml`. */
export interface JavaTool {
  readonly kind: 'java';
  readonly name: ToolName;
  readonly folder: string;
  readonly mainClass: string;
}

export type Tool = GoTool | JavaTool;

const NO_LINKER_VALUES = (): Record<string, string> => ({});

/** `next`: of the other version, which has a folder of its own because one go.mod holds one version. */
function kubernetesTool(program: ToolName, next: '' | '-next' = ''): GoTool {
  return {
    kind: 'go',
    name: TOOL_NAMES.find((name) => name === `${program}${next}`) ?? program,
    folder: `kubernetes${next}`,
    package: `k8s.io/kubernetes/cmd/${program}`,
    module: 'k8s.io/kubernetes',
    linkerValues: (version) => {
      const [major = '', minor = ''] = version.slice(1).split('.');
      const variable = 'k8s.io/component-base/version';
      return { [`${variable}.gitVersion`]: version, [`${variable}.gitMajor`]: major, [`${variable}.gitMinor`]: minor };
    },
    versionArguments: program === 'kubectl' ? ['version', '--client'] : ['--version'],
  };
}

function prometheusTool(name: ToolName): GoTool {
  return {
    kind: 'go',
    name,
    folder: 'prometheus',
    package: `github.com/prometheus/prometheus/cmd/${name}`,
    module: 'github.com/prometheus/prometheus',
    programVersion: prometheusVersion,
    // Without the libraries of a dozen clouds; tests name their targets. The pages of the web UI are not in the module.
    tags: ['remove_all_sd'],
    linkerValues: (version) => ({ 'github.com/prometheus/common/version.Version': version.slice(1) }),
    versionArguments: ['--version'],
  };
}

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  etcd: {
    kind: 'go',
    name: 'etcd',
    folder: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    module: 'go.etcd.io/etcd/server/v3',
    linkerValues: NO_LINKER_VALUES,
    versionArguments: ['--version'],
  },
  'kube-apiserver': kubernetesTool('kube-apiserver'),
  'kube-controller-manager': kubernetesTool('kube-controller-manager'),
  'kube-scheduler': kubernetesTool('kube-scheduler'),
  kubectl: kubernetesTool('kubectl'),
  kubelet: kubernetesTool('kubelet'),
  'kube-apiserver-next': kubernetesTool('kube-apiserver', '-next'),
  'kube-controller-manager-next': kubernetesTool('kube-controller-manager', '-next'),
  'kube-scheduler-next': kubernetesTool('kube-scheduler', '-next'),
  'kubelet-next': kubernetesTool('kubelet', '-next'),
  kwok: {
    kind: 'go',
    name: 'kwok',
    folder: 'kwok',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    module: 'sigs.k8s.io/kwok',
    linkerValues: NO_LINKER_VALUES,
    versionArguments: ['--version'],
  },
  temporal: {
    kind: 'go',
    name: 'temporal',
    folder: 'temporal',
    package: 'github.com/temporalio/cli/cmd/temporal',
    module: 'github.com/temporalio/cli',
    linkerValues: (version) => ({ 'github.com/temporalio/cli/temporalcli.Version': version.slice(1) }),
    versionArguments: ['--version'],
  },
  helm: {
    kind: 'go',
    name: 'helm',
    folder: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    module: 'helm.sh/helm/v4',
    linkerValues: NO_LINKER_VALUES,
    versionArguments: ['version', '--short'],
  },
  'temporal-test-server': {
    kind: 'java',
    name: 'temporal-test-server',
    folder: 'temporal-test-server',
    mainClass: 'io.temporal.testserver.TestServer',
  },
  prometheus: prometheusTool('prometheus'),
  promtool: prometheusTool('promtool'),
  // Reads a compose file as Docker Compose does, and prints what it has understood.
  'compose-spec': {
    kind: 'go',
    name: 'compose-spec',
    folder: 'compose',
    package: 'github.com/compose-spec/compose-go/v2/cmd',
    module: 'github.com/compose-spec/compose-go/v2',
    linkerValues: NO_LINKER_VALUES,
    // It knows no version: only the pinned one is used.
    versionArguments: ['-help'],
  },
};

export function toolNamed(name: ToolName): Tool {
  return TOOLS[name];
}

/** The folder with the tool's go.mod or pom.xml. */
export function toolFolder(tool: Tool): string {
  return fileURLToPath(new URL(`../../tools/${tool.folder}/`, import.meta.url));
}

/** The pinned version; throws where the file does not name it. */
export async function pinnedVersion(tool: Tool): Promise<Version> {
  const file = `${toolFolder(tool)}${tool.kind === 'go' ? 'go.mod' : 'pom.xml'}`;
  const text = await readFile(file, 'utf8');
  const version = tool.kind === 'go' ? goModuleVersion(text, tool.module) : mavenVersion(text, tool.name);
  if (version === null) throw new Error(`${file} does not name a version of ${tool.name}`);
  return tool.kind === 'go' ? (tool.programVersion?.(version) ?? version) : version;
}
