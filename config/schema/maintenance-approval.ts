/** The part `maintenance.upgrade.approval` of the configuration: whether people must approve an upgrade of this cluster. */

import { z } from 'zod';

import { optionalText, toggle, wholeNumber } from './keys.ts';

const ApprovalKeys = z.strictObject({
  required: toggle({
    about:
      'An upgrade of this cluster waits for custom resources `approvals.vigilante.ext` of its plan, whatever the fleet says. Only the admission policy of the chart makes sure who wrote one',
    fallback: false,
  }),
  count: wholeNumber({ about: 'So many different people must approve', min: 1, max: 20, fallback: 1 }),
  notByStarter: toggle({
    about: 'Whoever says to have started the run does not count',
    fallback: true,
  }),
  namespace: optionalText({
    about: 'Where the approvals are',
    allowed: 'the name of a namespace',
    fallback: "that of the maintainer's pod",
  }),
});

export const APPROVAL_KEYS = { approval: ApprovalKeys.prefault({}) } as const;
