import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlState } from '@countersign/domain';
import { controlsOf } from '@countersign/evaluation';
import { rawPublicKeyOf } from '@countersign/identity';
import { loadConfig } from '@countersign/tools';
import { writeConfiguration } from '../support/configuration.ts';
import { APPROVERS, ROOT_PEOPLE } from '../trust/forgery/desk.ts';

/** The configuration of the tests with something changed in its folder, as if it were in force. */
export const candidate = (change: (folder: string) => void): ControlState => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-candidate-'));
  try {
    writeConfiguration(folder, Object.values(APPROVERS).map(({ subject, key }) => ({ name: subject.slice(subject.lastIndexOf('/') + 1), subject, key })));
    change(folder);
    const { documents, faults } = loadConfig(folder, { localPublicKey: rawPublicKeyOf(ROOT_PEOPLE.lea.key) });
    if (faults.length > 0) throw new Error(`the candidate has faults: ${JSON.stringify(faults)}`);
    return controlsOf(documents);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
