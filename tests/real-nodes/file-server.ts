/** A program for the host behind the router: answers every request with a text. */

import { createServer } from 'node:http';

const [host, port, text] = process.argv.slice(2);
if (host === undefined || port === undefined || text === undefined)
  throw new Error('usage: file-server.ts HOST PORT TEXT');

createServer((_request, response) => response.end(text)).listen(Number(port), host);
