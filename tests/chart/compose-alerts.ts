/** The chart's alerts as docker-compose.yml gives them to its Prometheus, which serves the runbooks itself. */

const HEAD = `# The alerts of the chart, made from charts/vigilante/files/alerts.yaml by \`node tests/chart/write-generated.ts\`. The
# Prometheus of docker-compose.yml serves the runbooks that the alerts link to.
`;
/** Where Prometheus serves the files of `--web.console.templates`. */
const RUNBOOKS = '{{ externalURL }}/consoles';

/** Groups with the comment above them: neither maintainer nor fleet runs there, and some alerts are about their absence. */
const OF_MAINTAINER =
  /\n\n(?: {2}#[^\n]*\n)+ {2}- name: vigilante-(?:privileges|maintenance|reboots|upgrades|fleet)\n[^]*?(?=\n\n {2}#|\n*$)/g;

/** Takes the content of the chart's file. */
export function composeAlerts(chartAlerts: string): string {
  const groups = chartAlerts.slice(chartAlerts.indexOf('\ngroups:') + 1).replaceAll(OF_MAINTAINER, '');
  return HEAD + groups.replaceAll(/runbook_url: RUNBOOKS(\S+)/g, `runbook_url: "${RUNBOOKS}$1"`);
}
