/** The part `maintenance.executors` of the configuration: who acts on nodes, each under a name. */

import { z } from 'zod';

import { ACT_PHASES } from '../../domain/maintenance/facts.ts';
import { key, parseDurationMs } from './keys.ts';
import { ARTIFACTS_ALLOWED, ArtifactsSchema } from './maintenance-artifacts.ts';

const EXECUTORS_MAX = 50;
const DEADLINE_MIN_MS = 10_000;
const DEADLINE_MAX_MS = 86_400_000;

const deadline = z
  .string()
  .prefault('20m')
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== null && ms >= DEADLINE_MIN_MS && ms <= DEADLINE_MAX_MS) return ms;
    context.addIssue({ code: 'custom', message: 'a duration from 10s to 1d' });
    return z.NEVER;
  });
const shared = { phases: z.array(z.enum(ACT_PHASES)).min(1).default(['node']), deadline };

const ExecutorSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none'), ...shared }),
    z.strictObject({
      kind: z.literal('reboot'),
      os: z.enum(['linux', 'windows']).default('linux'),
      image: z.string().min(1),
      ...shared,
    }),
    z.strictObject({
      kind: z.literal('pod'),
      template: z.string().regex(/^[A-Za-z0-9][-A-Za-z0-9_.]*$/),
      artifacts: z.strictObject({ image: z.string().min(1), files: ArtifactsSchema.min(1) }).optional(),
      ...shared,
    }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.url({ protocol: /^https?$/ }),
      secretFile: z.string().min(1),
      caFile: z.string().min(1).optional(),
      ...shared,
    }),
  ])
  .transform(({ deadline: deadlineMs, ...rest }) => ({ ...rest, deadlineMs }));

export const MaintenanceExecutorsSchema = key(
  z
    .record(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/), ExecutorSchema)
    .refine((executors) => Object.keys(executors).length <= EXECUTORS_MAX)
    .default({}),
  {
    about:
      'Who acts on nodes, by name; a run can only name one. `none` waits until others have acted. `reboot` is a privileged pod of `image` (with nsenter; on Windows a HostProcess container) that starts the machine again. `pod` is a pod of a file in `maintenance.templates`, pinned to the node, without a token; with `artifacts` an init container of `image`, which is ours, first brings files to the node, and a wrong sum ends the act before a file is in place. `webhook` is a POST signed with HMAC SHA-256 of the content of `secretFile` (`X-Vigilante-Signature`), then GET `url/KEY` until it answers `{"done": true, "ok": true}`. `phases` says what of a node it can do, `deadline` how long it may take',
    allowed: `a mapping of at most ${EXECUTORS_MAX} names to a mapping with kind (none, reboot, pod, webhook), phases (a list of ${ACT_PHASES.join(', ')}; default node), deadline (10s to 1d; default 20m); for reboot also image and os (linux, windows), for pod template and artifacts (a mapping with image and files: ${ARTIFACTS_ALLOWED}), for webhook url, secretFile and caFile`,
    fallback: '{}',
  },
);
