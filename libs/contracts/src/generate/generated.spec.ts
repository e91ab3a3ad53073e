import { readdirSync, readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { packageFile, readJson } from '../package-file.js';
import { brokenLocks, currentLock, generatedFiles, LOCK_FILE, type Lock } from './files.js';

const read = (path: string): string => readFileSync(packageFile(path), 'utf8');
/** Severity of an error in the parser's diagnostics. */
const ERROR = 0;
const isError = ({ severity }: { readonly severity: number }): boolean => severity === ERROR;
const lock = readJson(LOCK_FILE) as Lock;

describe('what is generated from the event classes', () => {
  it.each([...generatedFiles()])('%s is up to date', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it('has no file of a schema that is not in the catalogue', () => {
    const expected = [...generatedFiles().keys()].filter((path) => path.startsWith('generated/schemas/')).map((path) => path.slice('generated/schemas/'.length));
    expect(readdirSync(packageFile('generated/schemas')).toSorted()).toEqual(expected.toSorted());
  });

  it('is an AsyncAPI 3 document that the official parser takes without an error', async () => {
    const { document, diagnostics } = await new Parser().parse(read('generated/asyncapi.json'));
    expect(diagnostics.filter(isError)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.channels().all()).toHaveLength(12);
  });

  it('is not taken by the parser once an operation speaks of a channel that is not there', async () => {
    const { diagnostics } = await new Parser().parse(read('generated/asyncapi.json').replaceAll('"#/channels/tasks"', '"#/channels/nowhere"'));
    expect(diagnostics.filter(isError)).not.toEqual([]);
  });
});

describe('the lock of schemas', () => {
  it('has every published version, unchanged', () => {
    expect(brokenLocks(lock, currentLock())).toEqual([]);
    expect(Object.keys(lock)).toEqual(Object.keys(currentLock()));
  });

  it('breaks when a published version changes or goes away', () => {
    const { 'countersign.task.accepted@1': _gone, ...rest } = currentLock();
    const changed = { ...rest, 'countersign.run.closed@1': lock['countersign.claim@1'] } as Lock;
    expect(brokenLocks(lock, changed)).toEqual(expect.arrayContaining(['countersign.task.accepted@1', 'countersign.run.closed@1']));
  });
});
