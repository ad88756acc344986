/** A real Prometheus for one test file, on a free port, gone with its folder afterwards, also when the test is killed. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { logTail, type SandboxProcess, startProcess } from '../../../sandbox/child-process.ts';
import { answersOk } from '../../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

export interface PrometheusOptions {
  /** Entries of `scrape_configs`. */
  readonly scrapeConfigs: readonly object[];
  /** Content of a file of rules. */
  readonly rules: object;
  /** From one scrape and one evaluation to the next, such as `1s`. */
  readonly interval: string;
  readonly args?: readonly string[];
  /** Writes what it is to know already into the folder of its data. */
  readonly fill?: (dataFolder: string) => Promise<void>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  readonly url: string;
  /** The expression's instant vector, now; throws where Prometheus refuses it. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Exchanges the file of rules and has it read. */
  changeRules(rules: object): Promise<void>;
  /** Ends it as a crash does; its data stay. */
  kill(): Promise<void>;
  /** Again on its port and its data, after `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 120_000;

const AnswerSchema = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

/** Resolves when it answers; what it has not scraped yet it does not know. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const program = await resolveTool('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-prometheus-'));
  const id = randomUUID();
  const reaper = startReaper(id, folder);
  const stop = async () => {
    await reap(id, folder);
    await reaper.release();
  };
  try {
    const [port = 0] = await freePorts(1);
    const url = `http://${LOOPBACK}:${port}`;
    const args = [
      `--config.file=${await writeConfiguration(folder, options)}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${LOOPBACK}:${port}`,
      `--web.external-url=${url}`,
      '--web.enable-lifecycle',
      ...(options.args ?? []),
    ];
    const logPath = join(folder, 'log');
    await options.fill?.(join(folder, 'data'));
    let running: SandboxProcess;
    const start = async () => {
      running = await startProcess({ name: 'prometheus', program, args, env: {}, sandboxId: id, logPath });
      await untilReady(running, url);
    };
    await start();
    return {
      url,
      query: (expression) => query(url, expression),
      async changeRules(rules) {
        await writeConfiguration(folder, { ...options, rules });
        await fetch(`${url}/-/reload`, { method: 'POST' });
      },
      kill: () => running.kill('SIGKILL'),
      start,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeConfiguration(folder: string, { scrapeConfigs, rules, interval }: PrometheusOptions) {
  const ruleFile = join(folder, 'rules.yaml');
  await writeFile(ruleFile, stringify(rules));
  const file = join(folder, 'prometheus.yaml');
  const global = { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval };
  await writeFile(file, stringify({ global, rule_files: [ruleFile], scrape_configs: scrapeConfigs }));
  return file;
}

async function untilReady(started: SandboxProcess, url: string): Promise<void> {
  const explain = async () => `its log ends with:\n${await logTail(started.logPath)}`;
  await waitUntil(
    async () => {
      if (!started.isRunning()) throw new Error(`prometheus ended; ${await explain()}`);
      return answersOk(`${url}/-/ready`);
    },
    { what: 'prometheus to be ready', timeoutMs: READY_TIMEOUT_MS, explain },
  );
}

async function query(url: string, expression: string): Promise<readonly Sample[]> {
  const answer = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`prometheus answers ${answer.status} to ${expression}: ${text}`);
  return AnswerSchema.parse(JSON.parse(text)).data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
}
