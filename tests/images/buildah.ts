/** Buildah with a storage of its own, so that nothing of it stays on the machine. */

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

export interface Buildah {
  /** Answers what it prints on standard output. */
  run(args: readonly string[]): Promise<string>;
  /** What the image says about how it is run. */
  configOf(image: string): Promise<ImageConfig>;
  /** The size of the layers, in bytes. */
  sizeOf(image: string): Promise<number>;
  /** A writable copy of the image; answers where its root is. */
  mount(image: string): Promise<string>;
  /** Removes all containers, mounts and images, then the folder that they were in. */
  remove(folder: string): Promise<void>;
}

export type ImageConfig = z.infer<typeof ImageConfigSchema>;

const ImageConfigSchema = z.object({
  User: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  WorkingDir: z.string().default('/'),
});
const InspectionSchema = z.object({ OCIv1: z.object({ config: z.unknown() }), Manifest: z.string() });
const OutputSchema = z.object({ stdout: z.string(), stderr: z.string() });
const ManifestSchema = z.object({ layers: z.array(z.object({ size: z.number() })) });

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const ATTEMPTS_MAX = 4;
/** Buildah starts itself again from memory, and the kernel refuses that now and then. */
const PASSING_FAULT = 'sealing memfd copy';
const FAILURE_LINES = 30;

const execute = promisify(execFile);

export async function createBuildah(folder: string): Promise<Buildah> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
  // Caches of a build go there too.
  const env = { ...process.env, TMPDIR: temporary };

  async function run(args: readonly string[]): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { stdout } = await execute('buildah', [...storage, ...args], { env, maxBuffer: OUTPUT_BYTES_MAX });
        return stdout.trim();
      } catch (error) {
        const output = outputOf(error);
        if (output.includes(PASSING_FAULT) && attempt < ATTEMPTS_MAX) continue;
        const tail = output.trimEnd().split('\n').slice(-FAILURE_LINES).join('\n');
        throw new Error(`buildah ${args.join(' ')} failed:\n${tail}`, { cause: error });
      }
    }
  }

  async function inspect(image: string): Promise<z.infer<typeof InspectionSchema>> {
    return InspectionSchema.parse(JSON.parse(await run(['inspect', '--type', 'image', image])));
  }

  return {
    run,
    configOf: async (image) => ImageConfigSchema.parse((await inspect(image)).OCIv1.config),
    async sizeOf(image) {
      const { layers } = ManifestSchema.parse(JSON.parse((await inspect(image)).Manifest));
      return layers.reduce((sum, { size }) => sum + size, 0);
    },
    mount: async (image) => run(['mount', await run(['from', '--pull-never', image])]),
    async remove(whole) {
      await run(['rm', '--all']);
      await run(['rmi', '--all', '--force']);
      // Never into a file system that is still mounted below.
      await execute('rm', ['-rf', '--one-file-system', whole]);
    },
  };
}

function outputOf(error: unknown): string {
  const printed = OutputSchema.safeParse(error);
  return printed.success ? `${printed.data.stdout}${printed.data.stderr}` : String(error);
}
