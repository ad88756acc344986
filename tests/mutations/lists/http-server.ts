/** Faults in how metrics and health are served (H19). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const test = { project: 'unit', path: 'runtime/http-server.test.ts' } as const;

export const mutations: MutationList = [
  ...faultsOf({ file: 'runtime/http-server.ts', test }, [
    ['H19', 'tls ? createTlsServer(readTlsFiles(files), listener) : null', 'null'],
    ['H19', 'HTTPS_PORT = 8443', 'HTTPS_PORT = 8444'],
    ['H19', 'HTTP_PORT = 8000', 'HTTP_PORT = 8080'],
    ['H19', 'watchTlsFiles({ files, server: secure, log })', '() => {}'],
  ]),
  ...faultsOf({ file: 'runtime/health-pages.ts', test }, [
    ['H19', "'/healthz', '/health', '/readyz'", "'/healthz', '/readyz'"],
    ['H19', 'answer.ready ? 200 : 503', '200'],
  ]),
  ...faultsOf({ file: 'runtime/tls-files.ts', test }, [['H19', 'server.setSecureContext(found);', '']]),
  ...faultsOf({ file: 'runtime/listen.ts', test: { project: 'unit', path: 'runtime/listen.test.ts' } }, [
    ['H19', "ALL_OF_IPV6 = '::'", "ALL_OF_IPV6 = '::1'"],
    ['H19', "['', ALL_OF_IPV4, ALL_OF_IPV6]", "['', ALL_OF_IPV6]"],
    ['H19', "case 'EADDRINUSE':", "case 'EADDRTAKEN':"],
  ]),
];
