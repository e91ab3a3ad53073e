import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { generatedFiles } from './files.js';

const home = fileURLToPath(new URL('../..', import.meta.url));
for (const [file, text] of generatedFiles()) {
  mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
  writeFileSync(path.join(home, file), text);
}
