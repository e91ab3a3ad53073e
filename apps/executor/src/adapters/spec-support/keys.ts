import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { openKeyStore, Seals, type KeyStore } from '@countersign/privacy';

/** Real keys in a folder that goes with the test. */
export const keysOfTest = (): { readonly keys: KeyStore; readonly seals: Seals; readonly folder: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keys = openKeyStore(pathToFileURL(folder).href);
  return { keys, seals: new Seals(keys), folder };
};
