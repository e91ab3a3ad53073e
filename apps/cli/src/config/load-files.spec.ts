import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireFolder } from './load-files.js';

describe('a folder of configuration files that is not there', () => {
  let cwd: string;
  beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'countersign-folders-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));
  const given = (folder: string, file: string): void => {
    mkdirSync(join(cwd, folder), { recursive: true });
    writeFileSync(join(cwd, folder, file), '');
  };
  const asked = (): void => requireFolder(cwd, {}, 'nosuch', 'replay what-if --policy DIR');
  const refused = (hint: string) => expect.objectContaining({ code: 'CONFIG_INVALID', message: 'there is no folder `nosuch` of configuration files here', hint }) as Error;

  it('is answered with the command for one that is', () => {
    given('config/policies', 'desk.yaml');
    expect(asked).toThrow(refused('name it: `countersign replay what-if --policy config`'));
  });

  it('is answered with each that is, where there are several', () => {
    for (const folder of ['milder/policies', 'config/tools', 'config/contracts']) given(folder, 'desk.yaml');
    expect(asked).toThrow(refused('name it: `countersign replay what-if --policy config`, or `milder` in its place'));
  });

  it('is not answered with a folder of something else', () => {
    given('libs/tools', 'index.ts');
    given('docs', 'notes.yaml');
    expect(asked).toThrow(refused('name it: `countersign replay what-if --policy DIR`'));
  });
});
