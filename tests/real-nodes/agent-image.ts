/** The image of the agent for real nodes: what the Dockerfile puts into it, of this checkout and of programs of this machine. */

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ArchiveFile } from '../../sandbox/real-nodes/archive.ts';
import { dockerArchive, programFiles } from '../../sandbox/real-nodes/image.ts';

export const AGENT_REPOSITORY = 'localhost/vigilante-agent';
export const AGENT_TAG = '1';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
/** Copied for the build, as in the Dockerfile. */
const SOURCES = ['package.json', 'config', 'contracts', 'runtime', 'agent'];
const BUILT = 'build/agent';
const execute = promisify(execFile);

export async function agentImage(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-agent-image-'));
  try {
    for (const name of SOURCES) await cp(join(CHECKOUT, name), join(folder, name), { recursive: true });
    await execute(process.execPath, ['--no-warnings', 'agent/build-agent.ts'], { cwd: folder });
    const node = await realpath(process.execPath);
    const files = [...(await programFiles({ 'usr/local/bin/node': node })), ...(await builtFiles(folder))];
    return dockerArchive({ names: [`${AGENT_REPOSITORY}:${AGENT_TAG}`], ...(await settings()), files });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function builtFiles(folder: string): Promise<readonly ArchiveFile[]> {
  const entries = await readdir(join(folder, BUILT), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => ({
      name: `opt/vigilante/${path.slice(folder.length + 1)}`,
      content: await readFile(path),
    })),
  );
}

/** How the Dockerfile has it started. */
async function settings(): Promise<{ readonly entrypoint: readonly string[]; readonly user: string }> {
  const text = await readFile(join(CHECKOUT, 'Dockerfile'), 'utf8');
  const stage = text.slice(text.indexOf('\nFROM scratch AS agent\n'));
  const entrypoint = z.array(z.string()).parse(JSON.parse(/^ENTRYPOINT (.+)$/m.exec(stage)?.[1] ?? 'null'));
  return { entrypoint, user: z.string().parse(/^USER (\S+)$/m.exec(stage)?.[1]) };
}
