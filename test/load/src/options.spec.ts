import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';

describe('the options of the bench', () => {
  it('are five rounds and a table unless something else is asked for', () => {
    expect(readOptions([], '/here')).toEqual({ what: 'runs', rounds: 5, json: false, quick: false, kills: 100, profile: undefined });
  });

  it('are read', () => {
    expect(readOptions(['--rounds', '9', '--json', '--profile', 'profiles'], '/here')).toEqual({ what: 'runs', rounds: 9, json: true, quick: false, kills: 100, profile: '/here/profiles' });
  });

  it('are one round where it has to be quick, unless rounds are named', () => {
    expect(readOptions(['--quick'], '/').rounds).toBe(1);
    expect(readOptions(['--quick', '--rounds', '2'], '/').rounds).toBe(2);
  });

  it('are of decisions alone where that is named', () => {
    expect(readOptions(['policy', '--json'], '/')).toEqual({ what: 'policy', rounds: 5, json: true, quick: false, kills: 100, profile: undefined });
  });

  it('are a hundred kills where these are measured, unless a number is named', () => {
    expect(readOptions(['kill'], '/')).toMatchObject({ what: 'kill', kills: 100 });
    expect(readOptions(['kill', '--quick'], '/').kills).toBe(10);
    expect(readOptions(['kill', '--kills', '300'], '/').kills).toBe(300);
  });

  it('are of a tool that hangs where that is named', () => {
    expect(readOptions(['bulkhead', '--quick'], '/')).toMatchObject({ what: 'bulkhead', rounds: 1, quick: true });
  });

  it('are of lists of runs where that is named', () => {
    expect(readOptions(['query', '--rounds', '2'], '/')).toMatchObject({ what: 'query', rounds: 2 });
  });

  it('are of a log alone where that is named', () => {
    expect(readOptions(['tlog', '--rounds', '3'], '/')).toMatchObject({ what: 'tlog', rounds: 3 });
  });

  it('are of archiving where that is named', () => {
    expect(readOptions(['archive', '--rounds', '3'], '/')).toMatchObject({ what: 'archive', rounds: 3 });
  });

  it.each([['policy', 'twice'], ['kill', '--kills', '0'], ['kill', 'more'], ['--rounds', '0'], ['--rounds', 'many'], ['--fast'], ['file.json']])('are refused: %s %s', (...args) => {
    expect(() => readOptions(args, '/')).toThrow(TypeError);
  });
});
