import { readFileSync } from 'node:fs';
import { stackPaths } from '../dev/stack-paths.js';

/** What the ledger of the stack here was started with; `undefined` where `dev up` made none. Whoever reads all that is on Kafka does it as the ledger: no other user may. */
export const ledgerEnvironmentHere = (dataDir: string): Readonly<Record<string, string>> | undefined => {
  try {
    return JSON.parse(readFileSync(stackPaths(dataDir).ledgerEnvironment, 'utf8')) as Record<string, string>;
  } catch {
    return undefined;
  }
};
