/** The output of `vigilante privileges declare`. */

import { stringify } from 'yaml';
import type { PrivilegesReport } from '../../contracts/privileges/watch-privileges.ts';
import { proposedRow } from '../../domain/privileges/proposal.ts';

const HEADER = `# What runs, as \`vigilante privileges declare\` has found it. Every empty reason and user must be filled in first.\n`;

/** A file of what runs. Whoever uses it must write the reasons: the parser refuses empty ones. */
export function renderDeclaration({ rows }: PrivilegesReport): string {
  const groups = new Map<string, object[]>();
  for (const row of rows) {
    const proposed = proposedRow(row);
    if (proposed === null) continue;
    const group = row.group ?? proposed.namespace;
    groups.set(group, [...(groups.get(group) ?? []), proposed]);
  }
  return `${HEADER}${stringify({ groups: Object.fromEntries(groups) }, { lineWidth: 0 })}`;
}
