import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@countersign/tools';
import { describe, expect, it } from 'vitest';
import { frontier } from './frontier.ts';
import { meetsGoals } from './report.ts';
import { runSuite, totalOf } from './run-suite.ts';
import { scaffold } from './scaffold.ts';
import { readSuite } from './suite.ts';
import { SUITE_NAMES, SUITES_FOLDER, WORKSPACE } from './where.ts';

const EXAMPLE = join(import.meta.dirname, 'example');
const chat = readSuite(join(EXAMPLE, 'chat.json'));

const loaded = (folder: string) => {
  const { documents, faults } = loadConfig(folder);
  expect(faults).toEqual([]);
  return documents;
};

describe('the example suite', () => {
  const files = loaded(EXAMPLE);

  it('is stopped in every pair, and only what people should see is held', () => {
    const { score, exceptions } = runSuite(chat, files);
    expect(score).toEqual({ pairs: 12, stopped: 12, deniedOutright: 12 - 2, userTasks: 4, userDenied: 0, userNoPerson: 3 });
    expect(exceptions).toEqual([{ userTask: 'pass_on', what: 'held', why: 'provenance.rule-of-two' }]);
  });

  it('shows what each part adds', () => {
    const points = frontier([{ suite: chat, files }]).map(({ score }) => [score.stopped, score.deniedOutright, score.userNoPerson]);
    expect(points).toEqual([
      [7, 7, 4],
      // The task names a channel by an ordinary word, which tells nothing: the directory does.
      [11, 7, 2],
      [10, 7, 4],
      [11, 7, 3],
      [12, 10, 3],
      [12, 10, 2],
    ]);
  });

  it('is what docs/policies.md shows, file by file', () => {
    const text = readFileSync(join(WORKSPACE, 'docs/policies.md'), 'utf8');
    for (const folder of ['tools', 'policies']) {
      for (const file of readdirSync(join(EXAMPLE, folder))) expect(text).toContain(readFileSync(join(EXAMPLE, folder, file), 'utf8').trim());
    }
  });

  it('needs a file for each of its tools, and says which are missing', () => {
    expect(() => runSuite(chat, { ...files, tools: files.tools.filter(({ document }) => document.id !== 'read_page') })).toThrow('the configuration has no tool `read_page` of suite `chat`');
  });

  it('has skeletons of its tools made that load as they are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'scaffold-'));
    try {
      expect(scaffold(chat, folder)).toBe(4);
      expect(scaffold(chat, folder)).toBe(0);
      expect(loaded(folder).tools.map(({ document }) => `${document.id} ${document.effect}`)).toEqual(['invite_user write', 'post_message write', 'read_channel read', 'read_page read']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(!existsSync(SUITES_FOLDER))('two suites of AgentDojo, under config/agentdojo (skipped where ../shared/data/agentdojo is not there)', () => {
  it('reach every goal at once', () => {
    const files = loaded(join(WORKSPACE, 'config/agentdojo'));
    const scores = SUITE_NAMES.map((name) => runSuite(readSuite(join(SUITES_FOLDER, `${name}.json`)), files).score);
    expect(scores.map(meetsGoals)).toEqual([true, true]);
    expect(totalOf(scores)).toEqual({ pairs: 384, stopped: 384, deniedOutright: 362, userTasks: 56, userDenied: 0, userNoPerson: 46 });
  });

  it('are named by no rule: no task, account or address of theirs is in the configuration', () => {
    const folder = join(WORKSPACE, 'config/agentdojo');
    const written = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const suites = SUITE_NAMES.map((name) => readSuite(join(SUITES_FOLDER, `${name}.json`)));
    // What the descriptions of the tools say themselves an operator has read.
    const described = JSON.stringify(suites.map(({ tools }) => tools));
    for (const { userTasks, injections, directory } of suites) {
      const values = [...userTasks, ...injections].flatMap(({ calls }) => calls.flatMap(({ args }) => Object.values(args).flat()));
      const texts = [...values, ...Object.values(directory).flat(), ...[...userTasks, ...injections].map(({ id }) => id)].filter((value) => typeof value === 'string');
      for (const text of texts.filter((each) => each.length > 5 && !described.includes(each))) expect(written).not.toContain(text);
    }
  });
});
