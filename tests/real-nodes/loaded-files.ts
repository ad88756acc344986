/** Loaded into a program before its own code: appends the URL of each file that Node loads to the file that is named. */

import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const list = process.env['LOADED_FILES'];
if (list === undefined) throw new Error('LOADED_FILES names the file that is written');

registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) appendFileSync(list, `${url}\n`);
    return next(url, context);
  },
});
