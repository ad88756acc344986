/** The table of rights in docs/security.md, made from charts/vigilante/files/rbac.yaml with its reasons. */

import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { z } from 'zod';

export const RIGHTS_BEGIN = '<!-- table of rbac.yaml: begin -->';
export const RIGHTS_END = '<!-- table of rbac.yaml: end -->';

const SCOPES: Readonly<Record<string, string>> = {
  clusterRules: 'the whole cluster',
  namespaceRules: 'one namespace',
  defaultNamespaceRules: 'namespace `default`',
  releaseNamespaceRules: "the release's namespace",
};
const RuleSchema = z.object({
  apiGroups: z.array(z.string()).default(['']),
  resources: z.array(z.string()).default([]),
  nonResourceURLs: z.array(z.string()).default([]),
  verbs: z.array(z.string()),
});

/** Throws for a rule without a reason, and for a scope that has no words here. */
export function rightsTable(text: string): string {
  const components = parseDocument(text).contents;
  if (!isMap(components)) throw new Error('rbac.yaml is not a map of components');
  const rows = components.items.flatMap(({ key: component, value: scopes }) => {
    if (!isMap(scopes)) throw new Error(`rbac.yaml: ${String(component)} is not a map of scopes`);
    return scopes.items.flatMap(({ key: scope, value: rules }) => {
      if (!isSeq(rules)) throw new Error(`rbac.yaml: ${String(component)}.${String(scope)} is not a list`);
      // A comment above the first rule belongs to the list.
      return rules.items.map((rule, index) =>
        rowOf({ component, scope, rule, comment: index === 0 ? rules.commentBefore : null }),
      );
    });
  });
  return ['| account | may | in | what for |', '|---|---|---|---|', ...rows].join('\n');
}

function rowOf(at: { component: unknown; scope: unknown; rule: unknown; comment: string | null | undefined }): string {
  const { component, scope, rule } = at;
  if (!isMap(rule) || !isScalar(component) || !isScalar(scope)) throw new Error('rbac.yaml: a rule is not a map');
  const { apiGroups, resources, nonResourceURLs, verbs } = RuleSchema.parse(rule.toJSON());
  const ofGroups = resources.flatMap((resource) =>
    apiGroups.map((group) => [resource, group].filter(Boolean).join('.')),
  );
  const names = [...ofGroups, ...nonResourceURLs];
  const where = SCOPES[String(scope.value)];
  if (where === undefined) throw new Error(`rbac.yaml: the scope ${String(scope.value)} has no words`);
  const why = (rule.commentBefore ?? at.comment ?? '').replaceAll(/\s+/g, ' ').trim();
  if (why === '')
    throw new Error(`rbac.yaml: ${String(component.value)} has a rule for ${names.join()} without a reason`);
  const may = `${verbs.join(', ')} ${names.map((name) => `\`${name}\``).join(', ')}`;
  return `| ${String(component.value)} | ${may} | ${where} | ${why} |`;
}

/** Puts the table between the marks of a page. */
export function withRights(page: string, table: string): string {
  const [head, rest] = page.split(RIGHTS_BEGIN);
  const tail = rest?.split(RIGHTS_END)[1];
  if (head === undefined || tail === undefined) throw new Error('the page lacks the marks for the table of rights');
  return `${head}${RIGHTS_BEGIN}\n${table}\n${RIGHTS_END}${tail}`;
}
