/**
 * Test files that take more than 75 seconds on two cores, three files at a time, but for three that stay in `npm test`: a run
 * of chaos, heals on real nodes, and the demo. Jest has them in the project `long`, which `npm run test:long` runs; `.ci/run`
 * does so after `npm test`.
 *
 * Paths below `tests/`, from the longest on.
 */
export const LONG_FILES: readonly string[] = [
  'real-nodes/heal-kills',
  'integration/gates/prometheus',
  'e2e/maintenance-cases',
  'integration/upgrade-fleet/fleet',
  'real-nodes/hundred-heals',
  'e2e/readme',
  'chart/templates',
  'integration/maintenance/kills',
  'e2e/faults-processes',
  'e2e/maintenance-scenes',
  'real-nodes/artifacts',
  'e2e/upgrade-cluster',
  'integration/guard-maintenance/budget',
  'chaos/maintenance/chaos',
  'chaos/upgrade/kill-each-step',
  'e2e/onboarding-relapse',
  'e2e/reboots-demo',
  'real-nodes/maintenance',
  'integration/collector/bounds',
  'integration/maintenance/terminated',
  'e2e/faults-parts',
  'e2e/source-address',
  'e2e/rolling-reboots',
  'e2e/onboarding-taint',
  'e2e/connectivity',
  'e2e/least-privilege',
  'chart/upgrade',
  'e2e/healing-cops-vigilante',
  'e2e/faults-start',
  'integration/worker/takeover',
  'e2e/healing-evidence',
  'chart/connectivity-install',
  'integration/onboard-node/window',
  'e2e/foreign-marks',
  'integration/maintenance/process',
  'chaos/kill-each-step',
  'e2e/onboarding-finish',
  'chart/install',
  'e2e/startup-taint',
  'integration/heal-node/transitions',
].map((file) => `${file}.test.ts`);
