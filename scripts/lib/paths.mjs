import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const LOCK_FILE = path.join(ROOT, 'package-lock.json');
export const MODULES = path.join(ROOT, 'node_modules');
export const BINARIES = path.join(MODULES, '.bin');
export const POM = path.join(ROOT, 'deploy/local/kafka/pom.xml');
/** The command line as people run it: bundled by the build. */
export const CLI_SCRIPT = 'apps/cli/dist/bundle/main.js';
export const CLI = path.join(ROOT, CLI_SCRIPT);
/** What the set-up itself keeps; not in git. */
export const STATE = path.join(ROOT, '.countersign');

/** Where downloads are kept; may be shared by several clones. */
export const cacheDir = (env = process.env) => path.resolve(ROOT, env.COUNTERSIGN_CACHE || '.countersign/cache');
