/** A certificate authority made for one test file, with certificates for etcd and for its client. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface TestCertificates {
  readonly caFile: string;
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** Of the same name, by an authority that etcd does not know. */
  readonly stranger: CertificateFiles;
  /** The authority of the stranger. */
  readonly strangerCaFile: string;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const VALID = ['-days', '2', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-certificates-'));
  const authority = await makeAuthority(folder, 'ca');
  const other = await makeAuthority(folder, 'other-ca');
  return {
    caFile: authority.certificateFile,
    // etcd's gateway calls etcd itself and shows the server's certificate: it must be good for clients too.
    server: await sign(folder, { name: 'server', authority, usage: 'serverAuth,clientAuth' }),
    client: await sign(folder, { name: 'client', authority, usage: 'clientAuth' }),
    stranger: await sign(folder, { name: 'stranger', authority: other, usage: 'clientAuth' }),
    strangerCaFile: other.certificateFile,
    remove: () => rm(folder, { recursive: true }),
  };
}

async function makeAuthority(folder: string, name: string): Promise<CertificateFiles> {
  const files = filesOf(folder, name);
  const out = ['-keyout', files.keyFile, '-out', files.certificateFile];
  await run('openssl', ['req', '-x509', ...VALID, ...out, '-subj', `/CN=${name}`]);
  return files;
}

interface Signing {
  readonly name: string;
  readonly authority: CertificateFiles;
  readonly usage: string;
}

async function sign(folder: string, { name, authority, usage }: Signing): Promise<CertificateFiles> {
  const files = filesOf(folder, name);
  const extensions = join(folder, `${name}.ext`);
  await writeFile(extensions, `subjectAltName=IP:127.0.0.1\nextendedKeyUsage=${usage}\n`);
  const issuer = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile];
  const out = ['-keyout', files.keyFile, '-out', join(folder, `${name}.csr`)];
  await run('openssl', ['req', ...VALID.slice(2), ...out, '-subj', `/CN=${name}`]);
  const signed = ['-in', join(folder, `${name}.csr`), '-out', files.certificateFile, '-days', '2'];
  await run('openssl', ['x509', '-req', ...issuer, '-CAcreateserial', ...signed, '-extfile', extensions]);
  return files;
}

function filesOf(folder: string, name: string): CertificateFiles {
  return { certificateFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}
