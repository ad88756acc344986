/** The part `profiles` of the configuration: the engine of the healing for other nodes, and other checks of them. */

import { z } from 'zod';

import { markAnnotation, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { isProfileName } from '../../contracts/healing/onboarding-parser.ts';
import { isLabelKey, parseLabelSelector } from '../../domain/label-selector.ts';
import { HealingKeys, inMilliseconds } from './healing.ts';
import { HealingPodConfigSchema } from './healing-pod.ts';
import { key } from './keys.ts';

export const PROFILES_MAX = 20;

const { nodes: _, virtualNodes: __, annotation: ___, evidence: ____, pod: _____, ...shared } = HealingKeys.shape;

const PodSchema = z.strictObject({
  ...HealingPodConfigSchema.shape,
  os: z.enum(['windows', 'linux']).default('windows'),
});

const ProfileSchema = z
  .strictObject({
    ...shared,
    name: z.string().refine((name) => name !== SNAT_PROFILE && isProfileName(name), 'a DNS label other than snat'),
    nodes: z.string().refine((selector) => selector.trim() !== '' && parseLabelSelector(selector) !== null),
    evidence: z.literal('source-address').default('source-address'),
    annotation: z.string().refine(isLabelKey).optional(),
    pod: PodSchema.prefault({}),
  })
  .transform(inMilliseconds)
  .transform((profile) => ({ ...profile, annotation: profile.annotation ?? markAnnotation(profile.name) }));

export const ProfilesConfigSchema = key(z.array(ProfileSchema).max(PROFILES_MAX).default([]), {
  about:
    'Other checks of new nodes by the same engine. Each has `name`, `nodes` (a label selector), and keys as in `healing`; `evidence` is always source-address, `annotation` is vigilante-<name>-healed, and `pod.os` is windows or linux. A pod on Linux needs an image with /bin/curl, or a command',
  allowed: `a list of at most ${PROFILES_MAX} with the keys name (a DNS label of at most 20 characters, not snat), nodes and those of healing but for virtualNodes`,
  fallback: '[]',
});
