/** Reads a page of metrics in the text format. */

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type MetricPage = readonly MetricSample[];

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export async function scrape(url: string): Promise<MetricPage> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url} was answered ${answer.status}`);
  return parseMetrics(await answer.text());
}

export function parseMetrics(text: string): MetricPage {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', label = '']) => [key, label] as const);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** Of all series of that name whose labels include the given ones. */
export function sumOf(page: MetricPage, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels);
  return page
    .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
