/** Endpoints that stand in for an echo and lie, each in one point: everything else about their answers is right. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { assertNever } from '../../domain/assert-never.ts';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { type TestEcho, testEcho } from '../fixtures/echo.ts';

const LIES = ['forged', 'replayed', 'oversized', 'truncated', 'unsigned', 'foreign-key', 'wrong-nonce'] as const;
export type Lie = (typeof LIES)[number];
/** Lies in nothing, so that the others are known by their lies alone. */
export const HONEST = 'honest' as const;
export type StandIn = Lie | typeof HONEST;
const STAND_INS: readonly StandIn[] = [HONEST, ...LIES];

/** More than the kubelet keeps of a log. */
const PADDING = ' '.repeat(2_048);

export interface LyingEndpoints {
  /** As `healing.echo.endpoints` has them. */
  endpoint(name: StandIn): object;
  close(): void;
}

interface Question {
  readonly name: StandIn;
  readonly nonce: string;
  /** Address of the one who asks. */
  readonly source: string;
}

export async function startLyingEndpoints(port: number): Promise<LyingEndpoints> {
  const echoes = new Map(STAND_INS.map((name) => [name, testEcho(name)]));
  const answer = liar(echoes);
  const server = createServer(({ url = '/', socket }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://liar');
    const name = STAND_INS.find((one) => pathname === `/${one}`);
    const nonce = searchParams.get('nonce') ?? '';
    if (name === undefined) response.writeHead(404).end();
    else response.end(answer({ name, nonce, source: socket.remoteAddress ?? '' }));
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    endpoint: (name) => {
      const publicKeys = [echoes.get(name)?.publicKey];
      return { name, url: `http://${LOOPBACK}:${port}/${name}`, publicKeys };
    },
    close: () => void server.close(),
  };
}

function liar(echoes: ReadonlyMap<StandIn, TestEcho>): (question: Question) => string {
  /** A right answer to the question before. */
  let before = echoes.get('replayed')?.answer({ nonce: 'earlier-pod', source: LOOPBACK }) ?? '';
  return ({ name, nonce, source }) => {
    const right = echoes.get(name)?.answer({ nonce, source }) ?? '';
    switch (name) {
      case 'honest':
        return right;
      case 'forged':
        return right.replace('"port":49712', '"port":49713');
      case 'replayed': {
        const replayed = before;
        before = right;
        return replayed;
      }
      case 'oversized':
        return `${right}${PADDING}`;
      case 'truncated':
        return right.slice(0, -1);
      case 'unsigned':
        return JSON.stringify({ ...JSON.parse(right), sig: undefined });
      case 'foreign-key':
        return testEcho(name).answer({ nonce, source });
      case 'wrong-nonce':
        return echoes.get(name)?.answer({ nonce: `${nonce}-2`, source }) ?? '';
      default:
        return assertNever(name);
    }
  };
}
