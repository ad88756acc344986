/** A chart repository with an earlier chart and that of the checkout, served on this machine. */

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { releaseChart } from '../../release/release-chart.ts';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';
import { REPOSITORY } from '../tidy/repository-files.ts';
import type { HelmResult } from './helm.ts';

export interface ChartRepository {
  readonly url: string;
  readonly earlierVersion: string;
  readonly version: string;
  /** Keeps its own files in the folder of the repository; does not block this process, which serves the files. */
  helm(args: readonly string[]): Promise<HelmResult>;
  close(): Promise<void>;
}

export const EARLIER_CHART = join(REPOSITORY, 'tests/recordings/chart/vigilante');
const HELM_TIMEOUT_MS = 150_000;

const ChartSchema = z.object({ version: z.string() });

export async function serveChartRepository(folder: string, kubeconfig: string): Promise<ChartRepository> {
  const out = join(folder, 'repository');
  const helm = await resolveTool('helm');
  const { version: earlierVersion } = ChartSchema.parse(
    parse(await readFile(join(EARLIER_CHART, 'Chart.yaml'), 'utf8')),
  );
  const root = await checkoutOfEarlier(folder, earlierVersion);
  await releaseChart({ helm, root, out, url: null, unreleased: true });
  const { version } = await releaseChart({ helm, root: REPOSITORY, out, url: null, unreleased: true });
  const server = createServer((request, response) => {
    readFile(join(out, basename(request.url ?? ''))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address() as AddressInfo;
  const homes = Object.fromEntries(
    ['CONFIG', 'CACHE', 'DATA'].map((home) => [`HELM_${home}_HOME`, join(folder, `helm-${home.toLowerCase()}`)]),
  );
  const env = { ...process.env, ...homes, KUBECONFIG: kubeconfig };
  return {
    url: `http://${LOOPBACK}:${port}`,
    earlierVersion,
    version,
    helm: (args) => run(helm, args, { env, cwd: folder }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function checkoutOfEarlier(folder: string, version: string): Promise<string> {
  const root = join(folder, 'earlier');
  await mkdir(join(root, 'charts'), { recursive: true });
  await cp(EARLIER_CHART, join(root, 'charts/vigilante'), { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ version }));
  await writeFile(join(root, 'CHANGELOG.md'), '');
  return root;
}

/** In a folder without charts: helm takes a folder of that name for the chart before it asks a repository. */
function run(
  helm: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<HelmResult> {
  return new Promise((resolve) => {
    const child = execFile(helm, args, { ...options, timeout: HELM_TIMEOUT_MS }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}
