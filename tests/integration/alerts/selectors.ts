/** The selectors of series in an expression, as Prometheus itself reads it. */

import { z } from 'zod';

const AnswerSchema = z.object({ data: z.unknown() });
const SelectorSchema = z.looseObject({
  type: z.enum(['vectorSelector', 'matrixSelector']),
  matchers: z.array(z.object({ name: z.string(), type: z.enum(['=', '!=', '=~', '!~']), value: z.string() })),
});

/** Each as an expression of its own: `{__name__="up",job="a"}`. Throws where Prometheus cannot read the expression. */
export async function selectorsOf(prometheusUrl: string, expression: string): Promise<readonly string[]> {
  const url = new URL('/api/v1/parse_query', prometheusUrl);
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ query: expression }) });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`prometheus answers ${answer.status} to ${expression}: ${body}`);
  return [...new Set(selectorsIn(AnswerSchema.parse(JSON.parse(body)).data))];
}

function selectorsIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { success, data } = SelectorSchema.safeParse(node);
  if (!success) return Object.values(node).flatMap(selectorsIn);
  const matchers = data.matchers.map(({ name, type, value }) => `${name}${type}${JSON.stringify(value)}`);
  return [`{${matchers.join(',')}}`];
}
