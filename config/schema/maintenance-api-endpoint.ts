/** The part `maintenance.apiEndpoint` of the configuration: which API servers the components of a control plane may reach. */

import { z } from 'zod';

import { REACHES } from '../../domain/upgrade/version-skew.ts';
import { choice } from './keys.ts';

export const ApiEndpointSchema = z.strictObject({
  controllers: choice({
    about:
      'Which API servers the controller manager and the scheduler of a node are sent to: the one of their own node, as kubeadm does it, or any',
    of: REACHES,
    fallback: 'local',
  }),
  kubelets: choice({
    about: 'Which API servers the kubelets of the control plane are sent to; those of workers are sent to any',
    of: REACHES,
    fallback: 'balanced',
  }),
});
