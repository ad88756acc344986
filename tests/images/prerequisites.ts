/** What the proof of the images needs of the machine. */

import { MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';
import { findOnPath } from '../../sandbox/tools/path-search.ts';

const PROGRAMS = ['buildah', 'debootstrap', 'npm', 'unshare', 'setpriv', 'mount'] as const;

export async function demandPrerequisites(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new MissingPrerequisite(
      `the images are proven on Linux on x64, this is ${process.platform} on ${process.arch}`,
    );
  }
  const missing: string[] = [];
  for (const program of PROGRAMS) if ((await findOnPath(program)) === null) missing.push(program);
  if (missing.length > 0) {
    throw new MissingPrerequisite(
      `${missing.join(', ')} not on the PATH; Debian: apt-get install buildah debootstrap util-linux`,
    );
  }
  if (process.getuid?.() !== 0) throw new MissingPrerequisite('building and mounting images needs root');
}
