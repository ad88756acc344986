/** Files that are brought to a node before an act: in the configuration, and as `vigilante fetch-artifacts` is given them. */

import { z } from 'zod';

const ARTIFACTS_MAX = 50;
const TEXT_LENGTH_MAX = 1_000;
/** Absolute, without `.`, `..` and empty parts. No pattern: helm checks values with a syntax that knows no lookahead. */
function isFilePath(path: string): boolean {
  const parts = path.slice(1).split('/');
  return path.startsWith('/') && !path.includes('\0') && !parts.some((part) => ['', '.', '..'].includes(part));
}

const ArtifactSchema = z.strictObject({
  name: z.string().min(1).max(TEXT_LENGTH_MAX),
  url: z.url({ protocol: /^https?$/ }).max(TEXT_LENGTH_MAX),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the file on the node. */
  path: z.string().max(TEXT_LENGTH_MAX).refine(isFilePath),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .default('0755'),
});
export type Artifact = Readonly<z.output<typeof ArtifactSchema>>;

/** Each path once. */
export const ArtifactsSchema = z
  .array(ArtifactSchema)
  .max(ARTIFACTS_MAX)
  .refine((artifacts) => new Set(artifacts.map(({ path }) => path)).size === artifacts.length);

export const ARTIFACTS_ALLOWED = `a list of at most ${ARTIFACTS_MAX} with the keys name, url (http or https), sha256 (64 hexadecimal digits), path (absolute, on the node, each once) and mode (such as 0644; default 0755)`;
