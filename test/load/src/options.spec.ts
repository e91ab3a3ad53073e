import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';

describe('the options of the bench', () => {
  it('are five rounds and a table unless something else is asked for', () => {
    expect(readOptions([], '/here')).toEqual({ rounds: 5, json: false, quick: false, kills: undefined, profile: undefined });
  });

  it('are read', () => {
    expect(readOptions(['--rounds', '9', '--json', '--profile', 'profiles'], '/here')).toEqual({ rounds: 9, json: true, quick: false, kills: undefined, profile: '/here/profiles' });
  });

  it('are one round where it has to be quick, unless rounds are named', () => {
    expect(readOptions(['--quick'], '/').rounds).toBe(1);
    expect(readOptions(['--quick', '--rounds', '2'], '/').rounds).toBe(2);
  });

  it('are a hundred kills where these are measured, unless a number is named', () => {
    expect(readOptions(['kill'], '/').kills).toBe(100);
    expect(readOptions(['kill', '--quick'], '/').kills).toBe(10);
    expect(readOptions(['kill', '--kills', '300'], '/').kills).toBe(300);
  });

  it.each([['--rounds', '0'], ['kill', '--kills', '0'], ['kill', 'more'], ['--rounds', 'many'], ['--fast'], ['file.json']])('are refused: %s %s', (...args) => {
    expect(() => readOptions(args, '/')).toThrow(TypeError);
  });
});
