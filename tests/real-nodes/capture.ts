/** The witness on the host of the echo: which connections reached its own network interface, and from where. */

import { readFile } from 'node:fs/promises';
import { logTail } from '../../sandbox/child-process.ts';
import { ECHO_PORT } from '../../sandbox/real-nodes/addresses.ts';
import type { RealNodes } from '../../sandbox/real-nodes/real-nodes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

/** The packet that opens a connection. */
export interface Syn {
  /** When the kernel received it. */
  readonly atMs: number;
  readonly source: string;
  readonly port: number;
}

export interface Capture {
  /** Those so far; one that was sent again is there again. */
  syns(): Promise<readonly Syn[]>;
}

const READY = 'captures';
const START_TIMEOUT_MS = 20_000;

/**
 * Reads IPv4 packets from a packet socket, as tcpdump does, and prints a line `seconds.microseconds source port` for each
 * SYN without ACK to the port. Perl is on every Debian; the constants are of Linux: AF_PACKET, ETH_P_IP, SIOCGSTAMP.
 */
const PROGRAM = `
use strict; use warnings; use Socket; $| = 1;
my ($port) = @ARGV;
socket(my $socket, 17, SOCK_DGRAM, unpack('S', pack('n', 0x0800))) or die "packet socket: $!";
my $time = pack('q2', 0, 0);
ioctl($socket, 0x8906, $time);
print "${READY}\\n";
while (defined recv($socket, my $packet, 65535, 0)) {
  ioctl($socket, 0x8906, $time) or die "time of a packet: $!";
  next if length $packet < 40 or ord(substr $packet, 9, 1) != 6;
  my $tcp = substr $packet, (ord($packet) & 15) * 4;
  my ($from, $to) = unpack 'n2', $tcp;
  next if $to != $port or (ord(substr $tcp, 13, 1) & 18) != 2;
  printf "%d.%06d %s %d\\n", unpack('q2', $time), inet_ntoa(substr $packet, 12, 4), $from;
}
`;

/** It ends with the sandbox. */
export async function startCapture(nodes: RealNodes): Promise<Capture> {
  const args = ['-e', PROGRAM, `${ECHO_PORT}`];
  const { logPath } = await nodes.startOnEchoHost({ name: 'capture', program: 'perl', args });
  const read = async () => (await readFile(logPath, 'utf8')).split('\n');
  await waitUntil(async () => (await read()).includes(READY), {
    what: 'the capture on the host of the echo',
    timeoutMs: START_TIMEOUT_MS,
    explain: async () => `its log ends with:\n${await logTail(logPath)}`,
  });
  return { syns: async () => (await read()).flatMap(synIn) };
}

const LINE = /^(\d+)\.(\d{6}) (\S+) (\d+)$/;

/** None in the line that is being written. */
function synIn(line: string): Syn[] {
  const [, seconds, microseconds, source, port] = LINE.exec(line) ?? [];
  if (source === undefined) return [];
  return [{ atMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000, source, port: Number(port) }];
}
