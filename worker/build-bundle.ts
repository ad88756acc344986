/** Builds the workflow bundle beforehand, for an image: `node worker/build-bundle.ts`. */

import { prebuildWorkflows } from './workflow-bundle.ts';

process.stdout.write(`${await prebuildWorkflows()}\n`);
