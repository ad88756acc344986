/**
 * Passes connections on, from one address to another. A socket file reaches from one network namespace into another:
 * one relay listens on the router and dials the file, a second one listens on the file and dials the API server.
 */

import { connect, createServer } from 'node:net';

type Address = { readonly path: string } | { readonly host: string; readonly port: number };

const [from, to] = process.argv.slice(2).map(addressIn);
if (from === undefined || to === undefined) throw new Error('usage: relay-main.ts FROM TO, each HOST:PORT or a path');

createServer({ allowHalfOpen: true }, (incoming) => {
  const outgoing = connect({ ...to, allowHalfOpen: true });
  incoming.pipe(outgoing).pipe(incoming);
  incoming.on('error', () => outgoing.destroy());
  outgoing.on('error', () => incoming.destroy());
  incoming.on('close', () => outgoing.destroy());
  outgoing.on('close', () => incoming.destroy());
}).listen(from);

function addressIn(text: string): Address {
  const [, host, port] = /^([^/]+):(\d+)$/.exec(text) ?? [];
  return host === undefined ? { path: text } : { host, port: Number(port) };
}
