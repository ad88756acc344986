/** A program for the host behind the router: answers every request with the address that it came from. */

import { createServer } from 'node:http';

const [host, port] = process.argv.slice(2);
if (host === undefined || port === undefined) throw new Error('usage: source-listener.ts HOST PORT');

createServer((request, response) => response.end(request.socket.remoteAddress)).listen(Number(port), host);
