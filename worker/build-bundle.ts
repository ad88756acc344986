/** Builds the workflow bundle beforehand, for an image: `node worker/build-bundle.ts`. */

import { prebuildWorkflows } from '../temporal/worker/workflow-bundle.ts';

process.stdout.write(`${await prebuildWorkflows()}\n`);
