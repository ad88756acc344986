/**
 * Command line flags as Go's package `flag` reads them, which the original agent's users write: `-flag=value`,
 * `-flag value`, `--flag=value`, and `-flag` alone for a boolean. Of a flag given twice the last value counts.
 */

export type FlagReading =
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/** `booleans` says of each known flag whether it may stand without a value. */
export function readFlags(args: readonly string[], booleans: ReadonlyMap<string, boolean>): FlagReading {
  const values = new Map<string, string>();
  let index = 0;
  while (index < args.length) {
    const arg = args[index] ?? '';
    index += 1;
    const flag = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    // Go leaves everything from the first word that is no flag unread, and says nothing.
    if (flag === null) return wrong(`${quoted(arg)} is no flag; allowed: -flag=value, -flag value`);
    const [, name = '', given] = flag;
    const isBoolean = booleans.get(name);
    if (isBoolean === undefined) {
      if (name === 'help' || name === 'h') return { kind: 'help' };
      return wrong(`${quoted(arg)}: there is no flag -${name}; allowed: ${namesOf(booleans)}`);
    }
    if (given !== undefined) {
      values.set(name, given);
    } else if (isBoolean) {
      values.set(name, 'true');
    } else {
      const next = args[index];
      if (next === undefined) return wrong(`-${name} has no value; allowed: -${name}=value, -${name} value`);
      values.set(name, next);
      index += 1;
    }
  }
  return { kind: 'values', values };
}

/** One line, whatever the text holds. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

function namesOf(flags: ReadonlyMap<string, boolean>): string {
  return [...flags.keys()].map((name) => `-${name}`).join(', ');
}

function wrong(message: string): FlagReading {
  return { kind: 'wrong', message };
}
