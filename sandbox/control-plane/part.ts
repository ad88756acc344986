/** The kubelets of the control-plane nodes, with all that they run, as one part. */

import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { type Part, READY_TIMEOUT_MS } from '../parts/part.ts';
import { controlPlaneNodes } from '../parts/place.ts';
import { LOOPBACK } from '../ports.ts';
import { STATIC_PODS } from './manifest.ts';
import { isPodReady } from './static-pods.ts';

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const KUBELETS = fileURLToPath(new URL('./kubelets-main.ts', import.meta.url));

export function controlPlanePart(layout: SandboxLayout): Part {
  return {
    name: 'control-plane',
    program: process.execPath,
    args: [KUBELETS, fileOf(layout, 'layout.json')],
    isReady: async () => {
      // It listens once nothing of earlier kubelets runs: what answers then is what it has started.
      if (!(await isListening(layout.ports.apiserver))) return false;
      const answers = controlPlaneNodes(layout).flatMap((place) =>
        STATIC_PODS.map((pod) => isPodReady(layout, place, pod)),
      );
      return (await Promise.all(answers)).every(Boolean);
    },
    // Several API servers start at once.
    readyTimeoutMs: 2 * READY_TIMEOUT_MS,
  };
}
