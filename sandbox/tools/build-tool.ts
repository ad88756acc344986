/** Builds one tool into the cache; a half-built one is never seen under its name. */

import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoTool, type JavaTool, type Tool, toolFolder } from './catalogue.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';
import { findOnPath } from './path-search.ts';
import { type Version } from './version-text.ts';

const PROGRESS_EVERY_MS = 15_000;
/** The last lines of a failed build that are shown. */
const FAILURE_LINES = 15;

export interface BuildOptions {
  readonly tool: Tool;
  readonly version: Version;
  /** Where the program is put. */
  readonly target: string;
  readonly report: (line: string) => void;
}

/** Reports how long it took. */
export async function buildTool(options: BuildOptions): Promise<void> {
  const { tool, version, report } = options;
  const startMs = performance.now();
  if (tool.kind === 'go') await buildGoTool(tool, options);
  else await collectJavaTool(tool, options);
  report(`built ${tool.name} ${version} in ${Math.round((performance.now() - startMs) / 1_000)} s`);
}

async function buildGoTool(tool: GoTool, options: BuildOptions): Promise<void> {
  const { version, target, report } = options;
  const go = await prerequisite('go', `building ${tool.name} needs Go 1.26 or newer (https://go.dev/dl)`);
  const values = Object.entries(tool.linkerValues(version)).map(([name, value]) => `-X ${name}=${value}`);
  const tags = tool.tags === undefined ? [] : ['-tags', tool.tags.join(',')];
  const part = `${target}.part`;
  await run({
    program: go,
    args: ['build', '-trimpath', ...tags, '-ldflags', ['-s -w', ...values].join(' '), '-o', part, tool.package],
    folder: toolFolder(tool),
    environment: { CGO_ENABLED: '0' },
    what: `${tool.name} ${version}`,
    report,
  });
  await rename(part, target);
}

async function collectJavaTool(tool: JavaTool, options: BuildOptions): Promise<void> {
  const { version, target, report } = options;
  const maven = await prerequisite('mvn', `fetching ${tool.name} needs Maven (https://maven.apache.org)`);
  const java = await prerequisite('java', `running ${tool.name} needs Java 17 or newer (https://adoptium.net)`);
  const libraries = `${target}.libraries`;
  await rm(libraries, { recursive: true, force: true });
  await mkdir(libraries, { recursive: true });
  await run({
    program: maven,
    args: ['--batch-mode', '--quiet', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`],
    folder: toolFolder(tool),
    environment: {},
    what: `${tool.name} ${version}`,
    report,
  });
  const jars = (await readdir(libraries)).filter((name) => name.endsWith('.jar'));
  if (jars.length === 0) throw new Error(`Maven fetched no library for ${tool.name} into ${libraries}`);
  const part = `${target}.part`;
  await writeFile(part, javaWrapper({ java, libraries, mainClass: tool.mainClass }));
  await chmod(part, 0o755);
  await rename(part, target);
}

/** `exec`: who kills the wrapper must kill Java. Only the first compiler tier: it starts in a third of the time. */
function javaWrapper({ java, libraries, mainClass }: Record<'java' | 'libraries' | 'mainClass', string>): string {
  return `#!/bin/sh\nexec '${java}' -XX:TieredStopAtLevel=1 -cp '${join(libraries, '*')}' ${mainClass} "$@"\n`;
}

async function prerequisite(program: string, why: string): Promise<string> {
  const path = await findOnPath(program);
  if (path === null) throw new MissingPrerequisite(`${program} is not on the PATH: ${why}`);
  return path;
}

interface Run {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly what: string;
  readonly report: (line: string) => void;
}

async function run({ program, args, folder, environment, what, report }: Run): Promise<void> {
  const startMs = Date.now();
  const timer = setInterval(() => {
    report(`  still building ${what}, ${Math.round((Date.now() - startMs) / 1_000)} s so far`);
  }, PROGRESS_EVERY_MS);
  const output: string[] = [];
  try {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return;
    const tail = output.join('').trimEnd().split('\n').slice(-FAILURE_LINES).join('\n');
    throw new Error(`${program} ${args.join(' ')} in ${folder} ended with ${code}:\n${tail}`);
  } finally {
    clearInterval(timer);
  }
}
