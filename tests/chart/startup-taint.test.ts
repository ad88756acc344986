/** What the chart lets the worker write to nodes for startup taints, conditions and profiles, and nothing of it without them. */

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { renderChart } from './helm.ts';

type Values = Readonly<Record<string, unknown>>;

const PolicySchema = z.object({
  variables: z.array(z.object({ name: z.string(), expression: z.string() })),
  validations: z.array(z.object({ expression: z.string() })),
});

const PROVEN = {
  'config.healing.evidence': 'source-address',
  'config.healing.echo.endpoints': [{ name: 'a', url: 'http://10.50.0.20/v1/source', trust: 'unsigned' }],
};
const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';

function nodePolicyOf(values: Values) {
  const found = renderChart('minimal', values).find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name.endsWith('-worker'),
  );
  const { variables, validations } = PolicySchema.parse(found?.['spec']);
  const expressionOf = (name: string) => variables.find((variable) => variable.name === name)?.expression;
  return { text: JSON.stringify(found), validations, expressionOf };
}

test('E55: without taint, condition and profiles the lists of the policy are empty', () => {
  const { text, expressionOf } = nodePolicyOf({});
  expect(expressionOf('specFields')).toBe('[].size() > 0 ? ["f:taints"] : []');
  expect(expressionOf('ourConditions')).toBe('["AgentConnectivity"] + []');
  expect(expressionOf('ourAnnotations')).toMatch(/\] \+ \[\] \+ \[\]$/);
  expect(text).toContain('taint.key in [] ||');
  expect(text).not.toMatch(/STARTUP_TAINTS|MORE_/);
});

test('E28, E32: the taint, the condition and the annotation of a relapse are added where they are configured', () => {
  const keys = { 'config.healing.taint': { key: KEY }, 'config.healing.condition': 'SnatHealed' };
  const { text, expressionOf } = nodePolicyOf({ ...PROVEN, ...keys });
  expect(text).toContain(JSON.stringify(`taint.key in ["${KEY}"] ||`).slice(1, -1));
  expect(expressionOf('ourConditions')).toBe('["AgentConnectivity"] + ["SnatHealed"]');
  expect(expressionOf('ourAnnotations')).toMatch(/\] \+ \[\] \+ \["vigilante-snat-relapsed"\]$/);
});

test.each([
  ['config.healing.taint', { key: 'a"] + ["b' }],
  ['config.healing.condition', 'a"]'],
])('E55: a value that would break the expressions is refused: %s', (key, value) => {
  expect(() => renderChart('minimal', { ...PROVEN, [key]: value })).toThrow(/is neither the key of an annotation/);
});
