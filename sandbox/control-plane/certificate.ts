/** One serving certificate for all API servers of a sandbox, made before any of them starts. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { controlPlaneNodes } from '../parts/place.ts';
import { LOOPBACK } from '../ports.ts';
import { MissingPrerequisite } from '../tools/missing-prerequisite.ts';
import { findOnPath } from '../tools/path-search.ts';

const run = promisify(execFile);
const DAYS = 365;
const NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
/** The first address of the Services. */
const SERVICE_ADDRESS = '10.96.0.1';

/** API servers that made their own would each have another one, good for its own address alone. */
export async function makeServingCertificate(layout: SandboxLayout): Promise<void> {
  const openssl = await findOnPath('openssl');
  if (openssl === null)
    throw new MissingPrerequisite('openssl is not on the PATH: the certificate of a control plane with nodes needs it');
  const addresses = [LOOPBACK, SERVICE_ADDRESS, ...controlPlaneNodes(layout).map(({ address }) => address)];
  const names = [...NAMES.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=kube-apiserver', '-addext', `subjectAltName=${names.join(',')}`];
  const keyFile = fileOf(layout, 'certificates/apiserver.key');
  const out = ['-keyout', keyFile, '-out', fileOf(layout, 'certificates/apiserver.crt')];
  await run(openssl, ['req', '-x509', '-days', `${DAYS}`, ...key, ...subject, ...out]);
}
