/** Label selectors as fields of objects (`matchLabels`, `matchExpressions`), such as that of a PodDisruptionBudget. */

import { type LabelRequirement, type Labels, matchesLabels } from '../label-selector.ts';

export interface ObjectSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?:
    | readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] | null }[]
    | null;
}

/** Empty selects everything. An operator that is not known selects nothing. */
export function matchesObjectSelector({ matchLabels, matchExpressions }: ObjectSelector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ kind: 'in', key, values: [value] }),
  );
  const others = (matchExpressions ?? []).map(({ key = '', operator, values }) =>
    requirementOf(key, operator, values ?? []),
  );
  return others.every((one) => one !== null) && matchesLabels([...equal, ...others], labels);
}

function requirementOf(key: string, operator: string | undefined, values: readonly string[]): LabelRequirement | null {
  switch (operator) {
    case 'In':
      return { kind: 'in', key, values };
    case 'NotIn':
      return { kind: 'not-in', key, values };
    case 'Exists':
      return { kind: 'exists', key };
    case 'DoesNotExist':
      return { kind: 'exists-not', key };
    default:
      return null;
  }
}
