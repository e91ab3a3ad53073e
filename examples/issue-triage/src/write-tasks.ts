import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { triageTasks } from './tasks.js';

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node write-tasks.js FOLDER\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const { name, event } of triageTasks()) {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(event, null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
