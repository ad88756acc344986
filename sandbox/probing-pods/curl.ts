/** Plays curl in a probing pod: which requests its arguments ask for, and what is left when it has ended. */

export interface CurlRequest {
  readonly url: string;
  /** The answer goes into the termination message; otherwise it is printed. */
  readonly toFile: boolean;
}

/** What came of one request. */
export type Transfer =
  | { readonly kind: 'answered'; readonly body: string }
  /** Exit code and message as curl has them. */
  | { readonly kind: 'failed'; readonly code: number; readonly message: string };

export interface Ending {
  readonly exitCode: number;
  /** Termination message of the container. */
  readonly message: string;
}

const URL_IN_ARGUMENT = /https?:\/\/\S+/;
const OUTPUT_OPTIONS: readonly string[] = ['-o', '--output'];
const NO_URL = 2;
/** What the kubelet keeps. */
const MESSAGE_LENGTH_MAX = 4_096;

/**
 * In the order of the arguments. Each `-o` is for one URL, as curl reads it. A program without any `-o` is not curl; its
 * answers count as written to the file.
 */
export function requestsIn(argv: readonly string[], { podUid }: { readonly podUid: string }): readonly CurlRequest[] {
  const outputs = argv.filter((argument) => OUTPUT_OPTIONS.includes(argument)).length;
  return argv
    .flatMap((argument) => URL_IN_ARGUMENT.exec(argument)?.[0] ?? [])
    .map((url, index) => ({
      // The kubelet's expansion of the one variable that the pod has.
      url: url.replaceAll('$(POD_UID)', podUid),
      toFile: outputs === 0 || index < outputs,
    }));
}

/** One request after the other, each on its own connection; the exit code is that of the last one that was made. */
export async function curl(
  requests: readonly CurlRequest[],
  how: { readonly transfer: (url: string) => Promise<Transfer>; readonly failsEarly: boolean },
): Promise<Ending> {
  if (requests.length === 0) return { exitCode: NO_URL, message: `curl: (${NO_URL}) no URL specified` };
  let file = '';
  let printed = '';
  let exitCode = 0;
  for (const { url, toFile } of requests) {
    const outcome = await how.transfer(url);
    exitCode = outcome.kind === 'answered' ? 0 : outcome.code;
    if (outcome.kind === 'failed') printed += `curl: (${outcome.code}) ${outcome.message}\n`;
    else if (toFile) file = outcome.body;
    else printed += outcome.body;
    if (outcome.kind === 'failed' && how.failsEarly) break;
  }
  // The kubelet takes the log where the file is empty and the container failed (FallbackToLogsOnError).
  const message = file === '' && exitCode !== 0 ? printed : file;
  return { exitCode, message: message.slice(0, MESSAGE_LENGTH_MAX) };
}
