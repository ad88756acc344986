/** The workflows as one file for the worker: built beforehand for an image, or at the start in a checkout. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type Logger,
  type WorkflowBundleOption,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

import { createBundleCache } from './bundle-cache.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORKFLOWS_PATH = join(ROOT, 'workflows', 'index.ts');
/** All that the bundle is made of, besides the packages. */
const SOURCE_FOLDERS = ['contracts', 'domain', 'workflows'];
const SOURCE_FILES = ['package.json', 'temporal/worker/workflow-bundle.ts'];
/** npm notes there what it has installed, down to the packages of packages; an image has no such file. */
const INSTALLED_PATH = join(ROOT, 'node_modules', '.package-lock.json');
const CACHE_FOLDER = join(ROOT, 'node_modules', '.cache', 'vigilante');
const PREBUILT_PATH = join(ROOT, 'build', 'workflows.js');

/** Carries the digest of the sources: a bundle of other sources would run other workflows than the worker's. */
const DIGEST_PREFIX = '// sources ';

/** The prebuilt file where it fits the sources, else a bundle of an earlier start, else one built now. */
export async function workflowBundle(logger: Logger): Promise<WorkflowBundleOption> {
  if (prebuiltDigest() === sourcesDigest()) return { codePath: PREBUILT_PATH };
  // The bundler logs the size of every module at the level info.
  const quiet = new DefaultLogger('WARN', ({ level, message, meta }) => {
    logger.log(level, message, meta);
  });
  return bundleWorkflows(quiet, () => void logger.info('no workflow bundle of these sources is kept: building one'));
}

/** A bundle of these sources and packages: kept from an earlier time, or built now, which takes some seconds. */
export async function bundleWorkflows(
  logger: Logger,
  onBuild: () => void = () => {},
): Promise<WorkflowBundleWithSourceMap> {
  const cache = createBundleCache(CACHE_FOLDER);
  const digest = createHash('sha256').update(sourcesDigest()).update(installedPackages()).digest('hex');
  const kept = cache.read(digest);
  // The SDK's type has kept the key and its code reads it no longer: the source map is in the code.
  if (kept !== null) return { code: kept, sourceMap: '' };
  onBuild();
  const bundle = await buildWorkflows(logger);
  try {
    cache.write(digest, bundle.code);
  } catch (error) {
    logger.debug('the workflow bundle is not kept', { error });
  }
  return bundle;
}

function installedPackages(): string {
  return existsSync(INSTALLED_PATH) ? readFileSync(INSTALLED_PATH, 'utf8') : '';
}

function buildWorkflows(logger: Logger): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    payloadConverterPath: join(ROOT, 'workflows', 'payload-converter.ts'),
    workflowInterceptorModules: [join(ROOT, 'workflows', 'interceptors.ts')],
    preloadModules: preloadedModules(),
    logger,
  });
}

/**
 * Modules without any state, evaluated once for all heals of a worker instead of once for each: that is most of what
 * a heal would cost in memory. Those of `workflows/` are not among them.
 */
function preloadedModules(): string[] {
  const ours = ['contracts', 'domain'].flatMap(sourceFiles).map((file) => join(ROOT, file));
  return ['@temporalio/common', '@temporalio/workflow', ...ours];
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

/** Writes `build/workflows.js` and returns its path. */
export async function prebuildWorkflows(): Promise<string> {
  const { code } = await buildWorkflows(new DefaultLogger('WARN'));
  mkdirSync(dirname(PREBUILT_PATH), { recursive: true });
  writeFileSync(PREBUILT_PATH, `${DIGEST_PREFIX}${sourcesDigest()}\n${code}`);
  return PREBUILT_PATH;
}

/** Null where there is no prebuilt bundle. */
function prebuiltDigest(): string | null {
  try {
    const firstLine = readFileSync(PREBUILT_PATH, 'utf8').split('\n', 1)[0] ?? '';
    return firstLine.startsWith(DIGEST_PREFIX) ? firstLine.slice(DIGEST_PREFIX.length) : null;
  } catch {
    return null;
  }
}

function sourcesDigest(): string {
  const files = SOURCE_FOLDERS.flatMap(sourceFiles);
  const hash = createHash('sha256');
  for (const file of [...SOURCE_FILES, ...files.sort()]) hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}
