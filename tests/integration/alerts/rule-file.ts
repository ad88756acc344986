/** The chart's alerts as a file of rules. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const RULE_FILE = fileURLToPath(new URL('../../../charts/vigilante/files/alerts.yaml', import.meta.url));

const RuleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
type AlertRule = z.infer<typeof RuleSchema>;

const RuleFileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(RuleSchema) })),
});

function readRuleFile(): z.infer<typeof RuleFileSchema> {
  return RuleFileSchema.parse(parse(readFileSync(RULE_FILE, 'utf8')));
}

/** Some of their alerts are about the absence of a maintainer, or of the process of a fleet. */
const GROUPS_OF_MAINTAINER = [
  'vigilante-privileges',
  'vigilante-maintenance',
  'vigilante-reboots',
  'vigilante-upgrades',
  'vigilante-fleet',
];
type Owner = 'maintainer' | 'others';

function groupsOf(owner: Owner | null): z.infer<typeof RuleFileSchema>['groups'] {
  const isOfMaintainer = (name: string) => GROUPS_OF_MAINTAINER.includes(name);
  return readRuleFile().groups.filter(
    ({ name }) => owner === null || isOfMaintainer(name) === (owner === 'maintainer'),
  );
}

/** @param owner null: all of them */
export function alertRules(owner: Owner | null = null): readonly AlertRule[] {
  return groupsOf(owner).flatMap(({ rules }) => rules);
}

/** The same rules for a test that cannot wait for minutes. */
export function rulesWithFor(duration: string, owner: Owner | null = null): z.infer<typeof RuleFileSchema> {
  return {
    groups: groupsOf(owner).map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, for: duration })),
    })),
  };
}

/** Series that only a maintainer shows, or the process of a fleet. */
export const MAINTAINER_SERIES = /\bvigilante_(?:(?:maintenance|reboots|privileges|upgrade|soak|fleet)_\w+|versions)\b/;

/** Names of all metrics that the alerts read. */
export function metricsOfRules(): readonly string[] {
  return [...new Set(alertRules().flatMap(({ expr }) => expr.match(/\bvigilante_\w+/g) ?? []))].toSorted();
}
