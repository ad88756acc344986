/** `vigilante echo key generate`, `echo key public` and `echo check`: what a person does around an echo. */

import { parseArgs } from 'node:util';
import { EXIT_CONFIG } from '../config/config-error.ts';
import { messageOf } from '../domain/error-message.ts';
import { EXIT_FAILED, EXIT_USAGE } from '../runtime/process.ts';
import { checkEcho } from './check.ts';
import { generateKey, KeyProblem, publicKeyOf, readPrivateKey } from './signing-key.ts';

export const COMMANDS_HELP = `
  key generate         print a new Ed25519 key in PEM (PKCS 8)
  key public FILE      print the public key of FILE, 43 characters, for those who check answers
  check URL [--public-key KEY]...
                       ask the echo at URL from here, check the signature, say what came
`;

const USAGE = `Usage: vigilante echo [--config FILE]\n       vigilante echo key generate | key public FILE | check URL\n${COMMANDS_HELP}`;

/** The exit code, or null where the arguments are those of the process. */
export async function runCommand(args: readonly string[]): Promise<number | null> {
  const [command, ...rest] = args;
  if (command === 'key') return keyCommand(rest);
  if (command === 'check') return checkCommand(rest);
  return null;
}

function keyCommand([action, ...rest]: readonly string[]): number {
  const [file] = rest;
  if (action === 'generate' && file === undefined) return print(generateKey());
  if (action !== 'public' || file === undefined || rest.length > 1)
    return usage('expected key generate, or key public FILE');
  try {
    return print(`${publicKeyOf(readPrivateKey(file))}\n`);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    process.stderr.write(`vigilante: ${error.message}\n`);
    return EXIT_CONFIG;
  }
}

async function checkCommand(args: readonly string[]): Promise<number> {
  let url: string | undefined;
  let publicKeys: readonly string[];
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'public-key': { type: 'string', multiple: true } },
      allowPositionals: true,
    });
    url = positionals.length === 1 ? positionals[0] : undefined;
    publicKeys = values['public-key'] ?? [];
  } catch (error) {
    return usage(messageOf(error));
  }
  if (url === undefined) return usage('expected check and one URL');
  const found = await checkEcho(url, publicKeys);
  process.stdout.write(found.lines.map((line) => `${line}\n`).join(''));
  return found.ok ? 0 : EXIT_FAILED;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function usage(problem: string): number {
  process.stderr.write(`vigilante: ${problem}\n\n${USAGE}`);
  return EXIT_USAGE;
}
