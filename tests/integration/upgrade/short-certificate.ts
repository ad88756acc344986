/** Certificates for this machine and signing requests, made by openssl. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Self-signed, for 127.0.0.1. */
export async function certificateFor(folder: string, { days }: { readonly days: number }): Promise<CertificateFiles> {
  const [certFile, keyFile] = [join(folder, 'short.crt'), join(folder, 'short.key')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  await run('openssl', ['req', '-x509', ...KEY, '-days', String(days), ...names, '-out', certFile, '-keyout', keyFile]);
  return { certFile, keyFile };
}

/** What a kubelet would ask to have signed, as `spec.request`. */
export async function signingRequestOf(folder: string, node: string): Promise<string> {
  const [file, keyFile] = [join(folder, 'node.csr'), join(folder, 'node.key')];
  const names = ['-subj', `/O=system:nodes/CN=system:node:${node}`, '-addext', 'subjectAltName=IP:10.0.0.1'];
  await run('openssl', ['req', '-new', ...KEY, ...names, '-out', file, '-keyout', keyFile]);
  return (await readFile(file)).toString('base64');
}
