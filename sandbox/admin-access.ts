/** The administrator's way to the sandbox's API server. */

import { readFile } from 'node:fs/promises';
import type { ApiAccess } from './api-client.ts';
import { apiServerUrl, fileOf, type SandboxLayout } from './layout.ts';

/** Rejects until the API server has made its certificate. */
export async function adminAccess(layout: SandboxLayout): Promise<ApiAccess> {
  const certificates = await readFile(fileOf(layout, 'certificates/apiserver.crt'), 'utf8');
  return { server: apiServerUrl(layout), certificates, token: layout.adminToken };
}
