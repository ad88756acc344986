/** Whether the links of the alerts lead to their runbooks, as the Prometheus of the project gives them. */

import { z } from 'zod';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { Project } from './project.ts';

/** Raised once the starter was missing for two evaluations; it need not fire for its link to be made. */
const ALERT = 'VigilanteStarterAbsent';
const PENDING_TIMEOUT_MS = 180_000;
const POLL_MS = 2_000;

const AlertsSchema = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.object({ alertname: z.string() }),
        annotations: z.object({ runbook_url: z.string() }),
      }),
    ),
  }),
});

/** Stops the starter until its alert is there, and follows the links of all alerts that are; answers their count. */
export async function followAlertLinks(project: Project, prometheus: string): Promise<number> {
  await project.run('stop', 'starter');
  try {
    const alerts = await waitUntil(
      async () => {
        const answer = await fetch(`${prometheus}/api/v1/alerts`);
        const { alerts: all } = AlertsSchema.parse(await answer.json()).data;
        return all.some(({ labels }) => labels.alertname === ALERT) ? all : null;
      },
      { what: `the alert ${ALERT}`, timeoutMs: PENDING_TIMEOUT_MS, pollMs: POLL_MS },
    );
    for (const { labels, annotations } of alerts) await demandRunbook(labels.alertname, annotations.runbook_url);
    return alerts.length;
  } finally {
    await project.run('start', 'starter');
  }
}

async function demandRunbook(alert: string, link: string): Promise<void> {
  const text = await (await fetch(link)).text();
  if (!text.includes(`# ${alert}\n`)) throw new Error(`the link of ${alert} leads to no runbook: ${link}`);
}
