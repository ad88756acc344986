/** Every listener of every process serves IPv4 and IPv6, also where the kernel or the network has only one of them. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OURS, PROGRAM, type Processes, pagesOf, prepareProcesses } from './processes.ts';

const execute = promisify(execFile);
const PORTS = { http: 8000, sdkMetrics: 8001, collector: 8081 };

/**
 * Runs a program in a kernel that knows no IPv6: `socket(AF_INET6, …)` answers EAFNOSUPPORT, by a filter of seccomp.
 * Numbers are those of x86-64: prctl is 157, socket is 41, AF_INET6 is 10.
 */
const WITHOUT_IPV6 = `
my @steps = ([0x20,0,0,0], [0x15,0,3,41], [0x20,0,0,16], [0x15,0,1,10], [0x06,0,0,0x00050061], [0x06,0,0,0x7fff0000]);
my $filter = join '', map { pack 'S C C L', @$_ } @steps;
my $program = pack 'S x6 P', scalar @steps, $filter;
syscall(157, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
syscall(157, 22, 2, $program) == 0 or die "seccomp: $!";
exec @ARGV or die "exec: $!";
`;

/** Only the loopback device, and on it only IPv6: `$1` is our program, `$2` its command, the rest addresses to ask. */
const IPV6_ONLY = `
set -eu
ip link set lo up
ip address del 127.0.0.1/8 dev lo
"$1" "$2" >/dev/null 2>&1 & process=$!
trap 'kill -9 "$process"' EXIT
shift 2
for url in "$@"; do
  tries=0
  until node -e 'fetch(process.argv[1]).then(({status}) => console.log(process.argv[1], status), () => process.exit(1))' "$url"; do
    tries=$((tries + 1)); [ "$tries" -lt 200 ] || exit 1
    sleep 0.2
  done
done
`;

let processes: Processes;

beforeAll(async () => {
  processes = await prepareProcesses();
});

afterAll(() => processes.stop());

test.each(OURS)('the %s serves all that it serves on 127.0.0.1 and on ::1', async (name) => {
  const started = await processes.start(name);
  for (const { port, path } of pagesOf(name, started.ports)) {
    for (const host of ['127.0.0.1', '[::1]']) await started.untilAnswering(`http://${host}:${port}${path}`);
  }
  await started.stop();
});

test.each(OURS)('the %s serves IPv4 where the kernel knows no IPv6', async (name) => {
  const started = await processes.start(name, { within: ['perl', '-e', WITHOUT_IPV6, '--'] });
  for (const { port, path } of pagesOf(name, started.ports)) {
    await started.untilAnswering(`http://127.0.0.1:${port}${path}`);
    await expect(fetch(`http://[::1]:${port}${path}`)).rejects.toThrow();
  }
  await started.stop();
});

const mayMakeNetworks = process.getuid?.() === 0;

(mayMakeNetworks ? test : test.skip).each(OURS)(
  'the %s serves IPv6 with its default ports where the network has no IPv4',
  async (name) => {
    const urls = pagesOf(name, PORTS).map(({ port, path }) => `http://[::1]:${port}${path}`);
    const args = ['--net', '/bin/sh', '-c', IPV6_ONLY, 'sh', PROGRAM, name, ...urls];
    const env = { ...processes.environment(PORTS), VIGILANTE_COLLECTOR_ENDPOINT: '' };
    const { stdout } = await execute('unshare', args, { env });
    expect(stdout.trim().split('\n')).toEqual(urls.map((url) => `${url} 200`));
  },
);
