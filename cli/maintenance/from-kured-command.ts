/** `vigilante reboots from-kured FILE`: prints kured's values as our configuration. Asks no server. */

import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { messageOf } from '../../domain/error-message.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { readKuredValues } from './kured-values.ts';

export function fromKuredCommand(terminal: Terminal, file: string): ExitCode {
  const reading = readKuredValues(valuesIn(file));
  if (reading === null) throw new CommandError(EXIT.usage, `${file}: expected the values of kured's Helm chart`);
  const { maintenance, notes } = reading;
  const comments = notes.map((note) => `# - ${note}\n`).join('');
  const head = notes.length === 0 ? '' : `# Not taken over from kured as it is:\n${comments}`;
  // Other readers of YAML take 22:00 for a number.
  terminal.write(`${head}${stringify({ maintenance }, { schema: 'yaml-1.1', lineWidth: 0 })}`);
  return EXIT.ok;
}

function valuesIn(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${messageOf(error)}`);
  }
}
