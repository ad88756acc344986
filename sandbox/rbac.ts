/** Gives each component exactly the rules of the chart: `charts/vigilante/files/rbac.yaml`. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { COMPONENTS, type Component } from '../contracts/processes.ts';
import type { ApiClient } from './api-client.ts';
import { MAINTENANCE_NAMESPACE, RELEASE_NAMESPACE, serviceAccountOf } from './layout.ts';

const names = z.array(z.string()).min(1);
const RuleSchema = z.union([
  z.strictObject({ apiGroups: names, resources: names, verbs: names }),
  z.strictObject({ nonResourceURLs: names, verbs: names }),
]);
export type Rule = z.infer<typeof RuleSchema>;

const ComponentRulesSchema = z.strictObject({
  clusterRules: z.array(RuleSchema),
  namespaceRules: z.array(RuleSchema),
  defaultNamespaceRules: z.array(RuleSchema),
  releaseNamespaceRules: z.array(RuleSchema).default([]),
});
const RbacSchema = z.record(z.string(), ComponentRulesSchema);

export const RULE_SCOPES = [
  'clusterRules',
  'namespaceRules',
  'defaultNamespaceRules',
  'releaseNamespaceRules',
] as const;
export type RuleScope = (typeof RULE_SCOPES)[number];

/** One verb of one rule: the smallest right that can be taken away. */
export interface Right {
  readonly component: Component;
  readonly scope: RuleScope;
  readonly apiGroup: string;
  /** One that begins with a slash is no resource, but a path of the API server. */
  readonly resource: string;
  readonly verb: string;
}

export function isPath({ resource }: Pick<Right, 'resource'>): boolean {
  return resource.startsWith('/');
}

/** Where it holds; null: in the whole cluster. */
export function namespaceOf({ component, scope }: Pick<Right, 'component' | 'scope'>): string | null {
  if (scope === 'clusterRules') return null;
  if (scope === 'defaultNamespaceRules') return 'default';
  if (scope === 'releaseNamespaceRules') return RELEASE_NAMESPACE;
  return component === 'maintainer' ? MAINTENANCE_NAMESPACE : RELEASE_NAMESPACE;
}

/** Every right that the chart gives, one by one. */
export async function allRights(): Promise<readonly Right[]> {
  const rules = await readRules();
  return COMPONENTS.flatMap((component) =>
    RULE_SCOPES.flatMap((scope) =>
      (rules[component]?.[scope] ?? []).flatMap((rule) => rightsOf(rule, component, scope)),
    ),
  );
}

/** Sets the roles of all components, without the rights to omit; repeatable on a running sandbox. */
export async function applyRbac(api: ApiClient, omit: readonly Right[] = []): Promise<void> {
  const rules = await readRules();
  for (const component of COMPONENTS) {
    for (const scope of RULE_SCOPES) {
      const kept = (rules[component]?.[scope] ?? []).flatMap((rule) =>
        rightsOf(rule, component, scope).filter((right) => !omit.some((omitted) => isSameRight(omitted, right))),
      );
      await applyRole(api, { component, scope, rights: kept });
    }
  }
}

export async function readRules(): Promise<z.infer<typeof RbacSchema>> {
  const path = fileURLToPath(new URL('../charts/vigilante/files/rbac.yaml', import.meta.url));
  return RbacSchema.parse(parse(await readFile(path, 'utf8')));
}

function rightsOf(rule: Rule, component: Component, scope: RuleScope): Right[] {
  if ('nonResourceURLs' in rule) {
    return rule.nonResourceURLs.flatMap((resource) =>
      rule.verbs.map((verb) => ({ component, scope, apiGroup: '', resource, verb })),
    );
  }
  return rule.apiGroups.flatMap((apiGroup) =>
    rule.resources.flatMap((resource) => rule.verbs.map((verb) => ({ component, scope, apiGroup, resource, verb }))),
  );
}

function isSameRight(one: Right, other: Right): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted({ component, scope, apiGroup, resource, verb }: Right): readonly string[] {
  return [component, scope, apiGroup, resource, verb];
}

interface Role {
  readonly component: Component;
  readonly scope: RuleScope;
  readonly rights: readonly Right[];
}

async function applyRole(api: ApiClient, { component, scope, rights }: Role): Promise<void> {
  const account = serviceAccountOf(component);
  // Two scopes may be the same namespace.
  const name = scope === 'releaseNamespaceRules' ? `${account}-release` : account;
  const namespace = namespaceOf({ component, scope });
  const cluster = namespace === null;
  const kind = cluster ? 'ClusterRole' : 'Role';
  const base = `/apis/rbac.authorization.k8s.io/v1${cluster ? '' : `/namespaces/${namespace}`}`;
  const head = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
  const rules = rights.map((right) => ({
    ...(isPath(right)
      ? { nonResourceURLs: [right.resource] }
      : { apiGroups: [right.apiGroup], resources: [right.resource] }),
    verbs: [right.verb],
  }));
  await put(api, `${base}/${cluster ? 'clusterroles' : 'roles'}`, { ...head, kind, rules });
  await put(api, `${base}/${cluster ? 'clusterrolebindings' : 'rolebindings'}`, {
    ...head,
    kind: `${kind}Binding`,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: RELEASE_NAMESPACE }],
  });
}

interface RbacObject {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

async function put(api: ApiClient, path: string, body: RbacObject): Promise<void> {
  const made = await api.demand('POST', path, { body, alsoFine: [409] });
  if (made.status === 409) await api.demand('PUT', `${path}/${body.metadata.name}`, { body });
}
