/** A program for the host behind the router: answers every request with the content of a file. */

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

const [host, port, file] = process.argv.slice(2);
if (host === undefined || port === undefined || file === undefined)
  throw new Error('usage: program-server.ts HOST PORT FILE');

createServer((_request, response) => {
  pipeline(createReadStream(file), response).catch(() => response.destroy());
}).listen(Number(port), host);
