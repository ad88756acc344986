/** Versions as the files that pin them, and the programs themselves, write them. */

/** Versions carry a leading `v`, as Go modules do. */
export type Version = `v${string}`;

/** Prometheus 3.16.0 is the module's v0.316.0: two digits or more for the minor version. */
export function prometheusVersion(moduleVersion: Version): Version {
  const parts = /^v0\.(\d)(\d{2,})\.(\d+)$/.exec(moduleVersion);
  if (parts === null) throw new Error(`${moduleVersion} is not how the module of Prometheus is numbered`);
  return `v${Number(parts[1])}.${Number(parts[2])}.${Number(parts[3])}`;
}

export function goModuleVersion(goMod: string, module: string): Version | null {
  for (const line of goMod.split('\n')) {
    const [path, version] = line
      .replace(/^\s*require\s+/, '')
      .trim()
      .split(/\s+/);
    if (path === module && version?.startsWith('v')) return `v${version.slice(1)}`;
  }
  return null;
}

export function mavenVersion(pom: string, artifact: string): Version | null {
  const match = new RegExp(
    `<groupId>io\\.temporal</groupId>\\s*<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)</version>`,
  ).exec(pom);
  return match?.[1] === undefined ? null : `v${match[1]}`;
}

/** Whether a program that prints this about itself serves instead of the pinned one: same major and minor version. */
export function servesAs(printed: string, pinned: Version): boolean {
  const found = /v?(\d+)\.(\d+)\.\d+/.exec(printed);
  const [major, minor] = pinned.slice(1).split('.');
  return found !== null && found[1] === major && found[2] === minor;
}
