/** Changes a SQLite file from a process of its own: a descriptor closed here would give up the locks of a store here. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PROGRAM = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec(process.argv[2]);
  database.close();
`;

export async function runSql(path: string, sql: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['--no-warnings', '-e', PROGRAM, path, sql]);
}
