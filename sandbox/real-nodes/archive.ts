/** Writes tar archives (POSIX ustar) in memory. */

import { Buffer } from 'node:buffer';

export interface ArchiveFile {
  /** At most 100 bytes; without a leading slash. */
  readonly name: string;
  readonly content: Buffer;
  readonly executable?: boolean;
}

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
/** Two empty blocks. */
const END = Buffer.alloc(2 * BLOCK_BYTES);

/** Everything in it belongs to root and has the time zero, so that the same files give the same bytes. */
export function tar(files: readonly ArchiveFile[]): Buffer {
  return Buffer.concat([...files.flatMap((file) => [header(file), file.content, padding(file.content.length)]), END]);
}

function header({ name, content, executable = false }: ArchiveFile): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new Error(`${name} is too long for the header of a tar archive`);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0);
  block.write(octal(executable ? 0o755 : 0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(content.length, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  // The checksum counts its own field as spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(octal(sum, 7), 148);
  return block;
}

/** Digits that fill the field up to its final zero byte. */
function octal(value: number, fieldBytes: number): string {
  return `${value.toString(8).padStart(fieldBytes - 1, '0')}\0`;
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES);
}
