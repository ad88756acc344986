/** An image of `vigilante` for one command: Node, and the files that it loads for it. The whole image needs a registry. */

import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dockerArchive, programFiles } from '../../sandbox/real-nodes/image.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const LOADED = fileURLToPath(new URL('./loaded-files.ts', import.meta.url));
const MAIN = 'bin/main.ts';
const HOME = 'opt/vigilante';
const PACKAGES = '/node_modules/';
const execute = promisify(execFile);

/** @param args a call of the command that loads all that it ever needs */
export async function commandImage(name: string, args: readonly string[]): Promise<Buffer> {
  const files = new Map<string, string>();
  for (const path of await loadedFor(args)) {
    files.set(placeOf(path), path);
    const described = await packageOf(path);
    files.set(placeOf(described), described);
  }
  const contents = [...files].map(async ([place, path]) => ({ name: place, content: await readFile(path) }));
  return dockerArchive({
    names: [name],
    entrypoint: ['/usr/local/bin/node', `/${HOME}/${MAIN}`],
    user: '10001:10001',
    files: [
      ...(await programFiles({ 'usr/local/bin/node': await realpath(process.execPath) })),
      ...(await Promise.all(contents)),
    ],
  });
}

async function loadedFor(args: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-loaded-'));
  try {
    const list = join(folder, 'list');
    const env = { ...process.env, LOADED_FILES: list };
    await execute(process.execPath, ['--import', LOADED, join(CHECKOUT, MAIN), ...args], { env });
    const urls = (await readFile(list, 'utf8')).trimEnd().split('\n');
    return urls.filter((url) => !url.endsWith('/loaded-files.ts')).map((url) => fileURLToPath(url));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In the image; `node_modules` may be a link to a folder elsewhere. */
function placeOf(path: string): string {
  const packages = path.indexOf(PACKAGES);
  return packages < 0 ? `${HOME}/${path.slice(CHECKOUT.length)}` : `${HOME}${path.slice(packages)}`;
}

/** The nearest `package.json` above the file, which says how Node reads it. */
async function packageOf(path: string): Promise<string> {
  const folder = dirname(path);
  const file = join(folder, 'package.json');
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? file : packageOf(folder);
}
