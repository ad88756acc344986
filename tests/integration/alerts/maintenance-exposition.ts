/** What maintainers tell Prometheus of maintenance and reboots. */

import { Gauge, type Registry } from 'prom-client';
import type { Condition } from './source.ts';

export function addMaintenance(registry: Registry, condition: Condition): void {
  const registers = [registry];
  const isIll = condition === 'ill';
  const gauge = (name: string, labelNames: string[] = []) => new Gauge({ name, help: name, labelNames, registers });
  const nodes = gauge('vigilante_maintenance_nodes', ['group', 'state']);
  nodes.set({ group: 'workers', state: 'in-work' }, 1);
  nodes.set({ group: 'workers', state: 'waiting' }, 1);
  nodes.set({ group: 'workers', state: 'held' }, isIll ? 1 : 0);
  nodes.set({ group: 'workers', state: 'down-otherwise' }, isIll ? 4 : 0);
  nodes.set({ group: 'workers', state: 'cordoned-otherwise' }, isIll ? 3 : 0);
  const budget = gauge('vigilante_maintenance_budget', ['group', 'kind']);
  for (const [kind, count] of Object.entries({ max: 5, used: 1, denominator: 50 })) {
    budget.set({ group: 'workers', kind }, count);
  }
  gauge('vigilante_maintenance_breaker_open').set(isIll ? 1 : 0);
  const waiting = gauge('vigilante_maintenance_waiting_seconds', ['reason']);
  waiting.set({ reason: 'gate' }, 86_400);
  waiting.set({ reason: 'group-budget' }, isIll ? 18_000 : 60);
  gauge('vigilante_maintenance_pause_remaining_seconds').set(isIll ? 600 : 0);
  gauge('vigilante_reboots_required').set(isIll ? 2 : 1);
  gauge('vigilante_reboots_up_too_long').set(isIll ? 2 : 0);
  gauge('vigilante_reboots_ineffective').set(isIll ? 1 : 0);
}
