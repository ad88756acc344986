/** Reads a recording of the original server: requests with their answers, and what was done to the cluster between. */

import { readFileSync } from 'node:fs';

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
