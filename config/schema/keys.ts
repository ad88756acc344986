/** Building blocks of the configuration schema: each key says what it is for and what it accepts. */

import { z } from 'zod';

export interface KeyNotes {
  /** What the key is for, with its unit where it has one. */
  readonly about: string;
  /** What is accepted, completing the sentence "expected …". */
  readonly allowed: string;
  /** What holds when the key is missing, as written in the file. */
  readonly fallback: string;
}

/** Notes of every leaf key; the error messages and docs/configuration.md are made from them. */
export const keyNotes = z.registry<KeyNotes>();

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const PORT_MAX = 65_535;

/** `host:port` to listen on; without a host it is every address. */
export const ENDPOINT = /^(\[[0-9a-fA-F:]+\]|[0-9a-zA-Z.-]*):\d{1,5}$/;

/** The address of a server, without a path. */
export const HTTP_URL = /^https?:\/\/[^\s/?#]+\/?$/;

/** Attaches the notes to the outermost schema of a key. */
export function key<T extends z.ZodType>(schema: T, notes: KeyNotes): T {
  keyNotes.add(schema, notes);
  return schema;
}

/** Null where the text is not a duration such as `500ms`, `30s`, `2m`, `1h` or `1d`. */
export function parseDurationMs(value: string): number | null {
  const match = DURATION.exec(value);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  return match === null || unitMs === undefined ? null : Math.round(Number(match[1]) * unitMs);
}

/** The largest unit that shows the duration as a whole number. */
export function formatDuration(durationMs: number): string {
  const fitting = Object.entries(UNIT_MS).filter(([, unitMs]) => durationMs % unitMs === 0);
  const [unit, unitMs] = fitting.at(-1) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
}

/** Written as `30s`; becomes milliseconds. The object around it adds `Ms` to the name of the key when it is parsed. */
export function duration(options: { about: string; minMs: number; maxMs: number; fallback: string }) {
  const { about, minMs, maxMs, fallback } = options;
  const allowed = `a duration such as 500ms, 30s, 2m or 1h, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const schema = z.string().transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
  return key(schema.prefault(fallback), { about, allowed, fallback });
}

export function wholeNumber(options: { about: string; min: number; max: number; fallback: number }) {
  const { about, min, max, fallback } = options;
  const schema = z.int().min(min).max(max).default(fallback);
  return key(schema, { about, allowed: `a whole number from ${min} to ${max}`, fallback: String(fallback) });
}

export function choice<const T extends string>(options: {
  about: string;
  of: readonly T[];
  fallback: z.util.NoUndefined<z.core.output<z.ZodEnum<z.util.ToEnum<T>>>>;
}) {
  const { about, of, fallback } = options;
  const schema = z.enum(of).default(() => fallback);
  return key(schema, { about, allowed: `one of ${of.join(', ')}`, fallback });
}

export function toggle(options: { about: string; fallback: boolean }) {
  const { about, fallback } = options;
  return key(z.boolean().default(fallback), { about, allowed: 'true or false', fallback: String(fallback) });
}

export function text(options: {
  about: string;
  allowed: string;
  fallback: string;
  matches?: (value: string) => boolean;
}) {
  const { about, allowed, fallback, matches = (value) => value.length > 0 } = options;
  return key(z.string().refine(matches, allowed).default(fallback), { about, allowed, fallback });
}

export function optionalText(options: { about: string; allowed: string; fallback: string; matches?: RegExp }) {
  const { about, allowed, fallback, matches = /./ } = options;
  return key(z.string().regex(matches).optional(), { about, allowed, fallback });
}

export function port(options: { about: string; fallback: number; zeroMeans: string }) {
  const { about, fallback, zeroMeans } = options;
  const schema = z.int().min(0).max(PORT_MAX).default(fallback);
  return key(schema, {
    about,
    allowed: `a port from 1 to ${PORT_MAX}, or 0: ${zeroMeans}`,
    fallback: String(fallback),
  });
}

export function optionalPort(options: { about: string; fallback: string; zeroMeans: string }) {
  const { about, fallback, zeroMeans } = options;
  const schema = z.int().min(0).max(PORT_MAX).optional();
  return key(schema, { about, allowed: `a port from 1 to ${PORT_MAX}, or 0: ${zeroMeans}`, fallback });
}
