/** Reads a recording of the original server: requests with their answers, and what was done to the cluster between. */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

export interface RecordedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type TranscriptStep =
  | {
      readonly kind: 'request';
      /** Number of the section of the recording. */
      readonly section: number;
      readonly method: string;
      readonly path: string;
      readonly body: string | null;
      readonly answer: RecordedAnswer;
    }
  | { readonly kind: 'command'; readonly section: number; readonly command: string };

export function readTranscript(path: string | URL): readonly TranscriptStep[] {
  const steps: TranscriptStep[] = [];
  let section = 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const heading = /^## (\d+)\./.exec(line);
    if (heading !== null) section = Number(heading[1]);
    if (!line.startsWith('$ ')) continue;
    const end = lines.findIndex((next, at) => at > index && /^(\$ |## \d)/.test(next));
    const output = lines.slice(index + 1, end === -1 ? undefined : end);
    steps.push(stepOf(line.slice(2), { section, output }));
  }
  return steps;
}

function stepOf(command: string, { section, output }: { section: number; output: readonly string[] }): TranscriptStep {
  const match = /^curl -i -X (\w+) http:\/\/[\d.]+:\d+(\S*)(.*)$/s.exec(command);
  if (match === null) return { kind: 'command', section, command };
  const [, method = '', path = '', rest = ''] = match;
  const body = /'-d' '(.*)'$/s.exec(rest)?.[1] ?? null;
  return { kind: 'request', section, method, path, body, answer: answerOf(output) };
}

function answerOf(output: readonly string[]): RecordedAnswer {
  const end = output.indexOf('');
  const [statusLine = '', ...headerLines] = output.slice(0, end);
  const headers = Object.fromEntries(
    headerLines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
  const text = Buffer.from(output.slice(end + 1).join('\n'));
  const length = Number(headers['content-length'] ?? 0);
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.subarray(0, length).toString() };
}

/** One connection of the recorded agent. */
export interface Exchange {
  readonly request: string;
  readonly answer: string;
}

/** The bytes on the wire, as the recording has them: heads with CRLF, the length of a body as it was. */
export function readExchanges(path: string | URL): readonly Exchange[] {
  const parts = readFileSync(path, 'utf8').split(/^=== conn \d+ (>> request|<< response) .*\n/m);
  const exchanges: Exchange[] = [];
  for (let index = 1; index + 3 < parts.length; index += 4) {
    exchanges.push({ request: wireOf(parts[index + 1] ?? ''), answer: wireOf(parts[index + 3] ?? '') });
  }
  return exchanges;
}

/** Blank lines behind the message are the recording's. */
function wireOf(shown: string): string {
  const [head = '', ...rest] = shown.replaceAll('\r\n', '\n').split('\n\n');
  const body = rest.join('\n\n').split('\n')[0] ?? '';
  const wire = head.trimStart().replace(/^Content-Length: \d+$/m, `Content-Length: ${Buffer.byteLength(body)}`);
  return `${wire.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;
}

/** Sends bytes as they are; resolves with what came until the connection was closed. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port: Number(port), host: hostname });
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    socket.write(bytes);
  });
}
