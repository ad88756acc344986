/** What `sandbox up --real-nodes` says where the machine lacks something. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { testOnRealNodes } from './on-real-nodes.ts';

const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));

/** Exit code and standard error of `sandbox up`, run by the command before it. */
async function upUnder(program: string, ...args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
  // Somebody's sandbox may be up.
  const home = await mkdtemp(join(tmpdir(), 'vigilante-real-nodes-test-'));
  const env = { ...process.env, VIGILANTE_SANDBOX_HOME: home };
  const command = [...args, VIGILANTE, 'sandbox', 'up', '--real-nodes', '1'];
  const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(program, command, { env }, (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }));
  });
  await rm(home, { recursive: true });
  return ended;
}

testOnRealNodes('E56: without root, one line and exit code 69', async () => {
  expect(await upUnder('unshare', '--user')).toEqual({ code: 69, stderr: 'real nodes need root\n' });
});

testOnRealNodes('E56: a capability that root has not is named', async () => {
  const { code, stderr } = await upUnder('setpriv', '--bounding-set', '-net_admin');
  expect({ code, stderr }).toEqual({
    code: 69,
    stderr: 'real nodes need CAP_NET_ADMIN, which root has not here\n',
  });
});

testOnRealNodes('E56: a program or plugin that is not there is named, with the packages that have it', async () => {
  const hide = 'for folder in /usr/lib/cni /opt/cni/bin; do [ ! -d $folder ] || mount -t tmpfs tmpfs $folder; done';
  const { code, stderr } = await upUnder('unshare', '--mount', 'sh', '-ec', `${hide}; exec "$@"`, 'sh');
  expect(code).toBe(69);
  expect(stderr).toMatch(
    /^real nodes need the CNI plugins bridge, host-local, loopback \(Debian: apt-get install .*\)\n$/,
  );
});
