import { describe, expect, it } from 'vitest';
import { isSameServer, nameOfServer, serverCommand } from './server-command.js';

describe('the name of a server that nobody names', () => {
  it.each([
    ['npx -y @modelcontextprotocol/server-filesystem /data', 'filesystem'],
    ['npx -y @modelcontextprotocol/server-github@2026.8.31', 'github'],
    ['uvx mcp-server-git --repository /srv/repo', 'git'],
    ['/usr/bin/node /opt/server-everything/dist/index.js stdio', 'everything'],
    ['python3 notes_mcp.py', 'notes'],
    ['docker run -i --rm mcp/fetch', 'fetch'],
    ['mcp-server-sqlite --db-path x.db', 'sqlite'],
    ['/opt/node-linux-x64/bin/node main.ts /home/ada/notes', 'notes'],
  ])('of `%s` is %s', (command, name) => {
    expect(nameOfServer(command.split(' '))).toBe(name);
  });

  it('has to be given where no word says anything', () => {
    expect(() => nameOfServer(['node', 'dist/index.js'])).toThrow(expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('--name') as string }));
  });
});

describe('how a server is started', () => {
  const context = { cwd: '/home/ada', env: { PATH: '/bin', GITHUB_TOKEN: 's3cret', AWS_SECRET: 'other' } };

  it('has of the environment where programs are and what is named', () => {
    expect(serverCommand(context, { words: ['npx', 'x'], variables: ['GITHUB_TOKEN'] })).toEqual({ command: 'npx', args: ['x'], cwd: '/home/ada', env: { PATH: '/bin', GITHUB_TOKEN: 's3cret' } });
  });

  it('is refused where a variable that it needs is not set', () => {
    expect(() => serverCommand(context, { words: ['npx'], variables: ['TOKEN'] })).toThrow('there is no variable `TOKEN` here');
  });

  it('is the same with another token, and another with other arguments or in another folder', () => {
    const one = { command: 'npx', args: ['x'], cwd: '/a' };
    expect(isSameServer(one, { ...one })).toBe(true);
    expect(isSameServer(one, { ...one, args: ['y'] })).toBe(false);
    expect(isSameServer(one, { ...one, cwd: '/b' })).toBe(false);
  });
});
