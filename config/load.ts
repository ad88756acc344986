/** Reads the configuration: file, then environment, then the schema; the result is frozen. */

import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

import { applyAliases } from './aliases.ts';
import { ConfigError } from './config-error.ts';
import { contradictions } from './contradictions.ts';
import { applyOverrides, CONFIG_PATH_VARIABLE, type Environment } from './environment.ts';
import { deepFreeze, isMapping, type Mapping, placeAt, withoutNulls } from './mapping.ts';
import { problemsOf } from './problems.ts';
import { type Config, ConfigSchema } from './schema/config.ts';

export const DEFAULT_CONFIG_PATH = '/etc/vigilante/config/conf.yaml';

/** A value that an argument of the command line sets: it goes before the file and the environment. */
export interface ConfigOverride {
  readonly path: readonly string[];
  readonly value: unknown;
  /** For messages, such as `-report-ttl`. */
  readonly origin: string;
}

export interface ConfigSource {
  /** From `--config`; goes before VIGILANTE_CONFIG. A missing file is an error unless it is the default one. */
  readonly path?: string | undefined;
  readonly env?: Environment;
  readonly overrides?: readonly ConfigOverride[];
  /** Called once for each line that should be logged: which file was read, which keys of cops-vigilante were mapped. */
  readonly onNotice?: (notice: string) => void;
}

/** Throws `ConfigError` with everything that is wrong. */
export function loadConfig(source: ConfigSource = {}): Config {
  const env = source.env ?? process.env;
  const named = source.path ?? (env[CONFIG_PATH_VARIABLE] || undefined);
  const { raw, notice } = readConfigFile(named);
  const aliases = applyAliases(raw);
  const origins = applyOverrides(raw, env);
  for (const { path, value, origin } of source.overrides ?? []) {
    if (placeAt(raw, path, value)) origins.set(path.join('.'), origin);
  }
  const place = named ?? DEFAULT_CONFIG_PATH;

  const parsed = ConfigSchema.safeParse(raw);
  const problems = [...aliases.problems, ...(parsed.success ? [] : problemsOf(parsed.error.issues, raw, origins))];
  if (parsed.success) problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(`${place} and the environment`, problems);

  for (const line of [notice, ...aliases.mapped]) source.onNotice?.(line);
  return deepFreeze(parsed.data);
}

function readConfigFile(named: string | undefined): { raw: Mapping; notice: string } {
  const path = named ?? DEFAULT_CONFIG_PATH;
  const text = readText(path, named === undefined);
  if (text === null) return { raw: {}, notice: `no configuration file at ${path}: defaults and environment are used` };
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      path,
      document.errors.map((error) => `not valid YAML: ${error.message}`),
    );
  }
  const content: unknown = withoutNulls(document.toJS() ?? {});
  if (!isMapping(content)) throw new ConfigError(path, ['the file: expected keys and values, such as "cluster: prod"']);
  return { raw: content, notice: `configuration read from ${path}` };
}

function readText(path: string, mayBeMissing: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    if (mayBeMissing && code === 'ENOENT') return null;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new ConfigError(path, [`the file was named by --config or ${CONFIG_PATH_VARIABLE}, but ${reason}`]);
  }
}
