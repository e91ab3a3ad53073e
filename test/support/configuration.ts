import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, humanPrincipal, rawPublicKeyOf } from '@countersign/identity';
import type { Principal } from '@countersign/kernel';
import type { KeyObject } from 'node:crypto';
import { inWorkspace } from './workspace.ts';

/** Somebody with a key of their own. */
export interface TestPerson {
  readonly name: string;
  readonly subject: Principal;
  readonly key: KeyObject;
  readonly keyFile: string;
}

/** Makes a person whose key lies in `folder`. */
export const newPerson = (folder: string, name: string): TestPerson => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, `${name}.pem`);
  return { name, subject: humanPrincipal(name), key: createKeyFile(keyFile), keyFile };
};

/** Who a person of the tests is in the workspace that stands in for Slack. */
export const slackOf = (name: string): string => `T0SIMULATED/U0${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')}`;

const approversFile = (people: readonly Pick<TestPerson, 'name' | 'subject' | 'key'>[]): string => {
  const entry = (subject: string, name: string, key: string): string => `  - subject: ${subject}\n    name: ${name}\n    public_key: ${key}\n    roles: [finance, support]\n    group: ${name}\n    slack: ${slackOf(name)}\n`;
  // No version: it follows from the content, so that a test may name other people.
  return `id: approvers\nfallback: [support]\npeople:\n${entry(humanPrincipal('approver'), 'approver', 'local')}${people.map(({ subject, name, key }) => entry(subject, name, rawPublicKeyOf(key))).join('')}`;
};

/** The tool of an MCP server that the page about outside systems shows. */
const FILE_TOOL = 'files.write-file';

const pageTool = (id: string): string => {
  const [, block] = new RegExp(`^\`\`\`yaml\\n(id: ${id}\\n[\\s\\S]*?)^\`\`\`$`, 'm').exec(readFileSync(inWorkspace('docs/adapters.md'), 'utf8')) ?? [];
  if (block === undefined) throw new Error(`the page has no tool \`${id}\``);
  return block;
};

/** The example configuration and that of the tests, with these people as approvers, as a folder to be applied. */
export const writeConfiguration = (folder: string, people: readonly Pick<TestPerson, 'name' | 'subject' | 'key'>[]): void => {
  cpSync(inWorkspace('config'), folder, { recursive: true });
  cpSync(inWorkspace('test/support/config'), folder, { recursive: true });
  writeFileSync(join(folder, 'approvers/approvers.yaml'), approversFile(people));
  writeFileSync(join(folder, `tools/${FILE_TOOL}.yaml`), pageTool(FILE_TOOL));
};
