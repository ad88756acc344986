/** Finds a third-party program: by the environment, on the PATH, in the cache, or by building it once. */

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { takeLock } from './build-lock.ts';
import { buildTool } from './build-tool.ts';
import { cacheFolder } from './cache-folder.ts';
import { pinnedVersion, type Tool, type ToolName, toolNamed } from './catalogue.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';
import { findOnPath, isExecutable } from './path-search.ts';
import { servesAs, type Version } from './version-text.ts';

export interface ResolveOptions {
  /** Shown while something is built, for example `(2 of 9)`. */
  readonly position?: string;
  readonly report?: (line: string) => void;
}

const execute = promisify(execFile);
/** Measured: 28 minutes of CPU for all that `npm start` runs, which two cores share. */
const WHOLE_BUILD = ': all that npm start needs takes about fourteen minutes on two free cores';
const VERSION_TIMEOUT_MS = 10_000;

export function reportOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Path of the program; builds it when it is nowhere, which takes minutes. */
export async function resolveTool(name: ToolName, options: ResolveOptions = {}): Promise<string> {
  const tool = toolNamed(name);
  const ready = await findTool(tool);
  if (ready !== null) return ready;
  const version = await pinnedVersion(tool);
  const target = cachedPath(tool, version);
  const report = options.report ?? reportOnStderr;
  await mkdir(cacheFolder(), { recursive: true });
  const release = await takeLock(`${target}.lock`, (owner) => report(`waiting for ${owner}, which builds ${name}`));
  try {
    if (await isExecutable(target)) return target;
    const position = options.position === undefined ? '' : ` ${options.position}`;
    report(`building ${name} ${version}${position}, once per machine${name.endsWith('-next') ? '' : WHOLE_BUILD}`);
    await buildTool({ tool, version, target, report });
    return target;
  } finally {
    await release();
  }
}

/** All programs asked for, in that order; says at the start what must be built. */
export async function resolveTools<Name extends ToolName>(
  names: readonly Name[],
  report: (line: string) => void = reportOnStderr,
): Promise<Readonly<Record<Name, string>>> {
  const found = await Promise.all(names.map(async (name) => ({ name, path: await findTool(toolNamed(name)) })));
  const missing = found.filter(({ path }) => path === null).map(({ name }) => name);
  const paths: Partial<Record<Name, string>> = {};
  for (const { name, path } of found) {
    const position = `(${missing.indexOf(name) + 1} of ${missing.length})`;
    paths[name] = path ?? (await resolveTool(name, { position, report }));
  }
  return paths as Record<Name, string>;
}

/** Where the tool is without building anything; null when it is nowhere. */
async function findTool(tool: Tool): Promise<string | null> {
  const variable = `VIGILANTE_TOOL_${tool.name.toUpperCase().replaceAll('-', '_')}`;
  const override = process.env[variable];
  if (override !== undefined && override !== '') {
    if (await isExecutable(override)) return override;
    throw new MissingPrerequisite(`${variable} names ${override}, which is not an executable file`);
  }
  const version = await pinnedVersion(tool);
  const onPath = await servingOnPath(tool, version);
  if (onPath !== null) return onPath;
  const cached = cachedPath(tool, version);
  return (await isExecutable(cached)) ? cached : null;
}

async function servingOnPath(tool: Tool, version: Version): Promise<string | null> {
  if (tool.kind === 'java') return null;
  const path = await findOnPath(tool.name);
  if (path === null) return null;
  const printed = await execute(path, [...tool.versionArguments], { timeout: VERSION_TIMEOUT_MS }).catch(() => null);
  return printed !== null && servesAs(`${printed.stdout}${printed.stderr}`, version) ? path : null;
}

function cachedPath(tool: Tool, version: Version): string {
  return join(cacheFolder(), `${tool.name}-${version}`);
}
