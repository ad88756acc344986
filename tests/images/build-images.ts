/** Builds both images from the real Dockerfile, without pulling anything. */

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Buildah } from './buildah.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Debian's place for the certificate authorities that this machine trusts. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Of the npm in the base. */
const NPM_SETTINGS = '/usr/local/etc/npmrc';

export const IMAGES = { main: 'localhost/vigilante', agent: 'localhost/vigilante-agent' } as const;

const execute = promisify(execFile);

export async function buildImages(
  buildah: Buildah,
  { folder, report }: { folder: string; report: (line: string) => void },
): Promise<void> {
  const options = ['--isolation', 'chroot', '--pull-never', '--network', 'host', ...(await registryVolumes(folder))];
  const builds = [
    { image: IMAGES.agent, target: ['--target', 'agent'] },
    { image: IMAGES.main, target: [] },
  ];
  for (const { image, target } of builds) {
    const startMs = Date.now();
    await buildah.run(['bud', ...options, ...target, '--tag', image, ROOT]);
    report(`built ${image} in ${Math.round((Date.now() - startMs) / 1_000)} s`);
  }
}

/** npm in the build uses the registry of this machine and trusts whom this machine trusts; neither gets into an image. */
async function registryVolumes(folder: string): Promise<string[]> {
  const { stdout: registry } = await execute('npm', ['config', 'get', 'registry'], { cwd: folder });
  const settings = [`registry=${registry.trim()}`];
  const volumes: string[] = [];
  if (await isReadable(AUTHORITIES)) {
    settings.push(`cafile=${AUTHORITIES}`);
    volumes.push('--volume', `${AUTHORITIES}:${AUTHORITIES}:ro`);
  }
  const file = join(folder, 'npmrc');
  await writeFile(file, `${settings.join('\n')}\n`);
  return [...volumes, '--volume', `${file}:${NPM_SETTINGS}:ro`];
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
