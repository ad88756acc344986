/** How the nodes of a profile are read by worker and starter. */

import type { HealingProfile } from '../../config/policies/profiles.ts';
import { healableNodes } from '../healing/healable-nodes.ts';
import type { NodeReading } from './facts.ts';

export function profileReading({ name, os, nodes, healing }: HealingProfile): NodeReading {
  const { annotation: healedAnnotation, foreignMark, reheal } = healing;
  const healable = healableNodes({ ...nodes, os });
  return { healedAnnotation, foreignMark, reheal: reheal.on, healable, profile: name };
}
