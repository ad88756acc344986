/** The header of the PROXY protocol, version 2: the address that a load balancer's connection came from. */

import type { Socket } from 'node:net';
import { normalAddress } from '../domain/node/address.ts';

export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'wrong'; readonly problem: string }
  /** `peer`: null where the proxy speaks for itself, as for its health checks. `length`: bytes of the header. */
  | { readonly kind: 'header'; readonly peer: PeerAddress | null; readonly length: number };

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const FIXED_LENGTH = 16;
/** Addresses, and what load balancers add to them. */
const REST_LENGTH_MAX = 2_048;
const VERSION_2 = 0x2;
const LOCAL = 0x0;
const PROXY = 0x1;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

/** Never throws, whatever the bytes. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const signature = bytes.subarray(0, SIGNATURE.length);
  if (!signature.equals(SIGNATURE.subarray(0, signature.length))) return wrong('no header of the PROXY protocol v2');
  if (bytes.length < FIXED_LENGTH) return { kind: 'incomplete' };
  const versionAndCommand = bytes.readUInt8(12);
  const command = versionAndCommand & 0xf;
  const restLength = bytes.readUInt16BE(14);
  const length = FIXED_LENGTH + restLength;
  if (versionAndCommand >> 4 !== VERSION_2) return wrong('another version of the PROXY protocol');
  if (restLength > REST_LENGTH_MAX) return wrong(`a header of ${length} bytes`);
  if (bytes.length < length) return { kind: 'incomplete' };
  if (command === LOCAL) return { kind: 'header', peer: null, length };
  if (command !== PROXY) return wrong('an unknown command');
  const peer = peerIn(bytes.subarray(FIXED_LENGTH, length), bytes.readUInt8(13));
  return peer === null ? wrong('no address of a TCP connection') : { kind: 'header', peer, length };
}

function wrong(problem: string): ProxyHeader {
  return { kind: 'wrong', problem };
}

function peerIn(addresses: Buffer, family: number): PeerAddress | null {
  if (family === TCP_OVER_IPV4 && addresses.length >= 12) {
    return { address: [...addresses.subarray(0, 4)].join('.'), port: addresses.readUInt16BE(8) };
  }
  if (family !== TCP_OVER_IPV6 || addresses.length < 36) return null;
  const words = Array.from({ length: 8 }, (_, index) => addresses.readUInt16BE(index * 2).toString(16));
  const address = normalAddress(words.join(':'));
  return address === null ? null : { address, port: addresses.readUInt16BE(32) };
}

/**
 * Takes the header off the connection. Resolves with it, or with why there is none; what follows it can then be read
 * from the socket. Null where the connection ends or the time is over before.
 */
export async function takeProxyHeader(socket: Socket, timeoutMs: number): Promise<ProxyHeader | null> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    const done = (header: ProxyHeader | null) => {
      clearTimeout(timer);
      socket.off('readable', read).off('close', close);
      resolve(header);
    };
    const close = () => done(null);
    const read = () => {
      const found = socket.read() as Buffer | null;
      if (found === null) return;
      seen = Buffer.concat([seen, found]);
      const header = readProxyHeader(seen);
      if (header.kind === 'incomplete') return;
      if (header.kind === 'header' && seen.length > header.length) socket.unshift(seen.subarray(header.length));
      done(header);
    };
    const timer = setTimeout(close, timeoutMs);
    socket.on('readable', read).once('close', close);
  });
}
