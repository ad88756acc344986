/** Splits a stream of bytes into lines, as the API server sends watch events. */

/** More than the largest object that etcd stores; a longer line ends the stream with an error. */
const LINE_LENGTH_MAX = 16 * 1_024 * 1_024;

export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) throw new Error(`a line of more than ${LINE_LENGTH_MAX} characters`);
    for (const line of parts) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}
