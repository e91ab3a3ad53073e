import { describe, expect, it } from 'vitest';
import { readMcp } from '@countersign/tools';
import { offerable } from './helpers.js';

const listed = readMcp(['action_wait', 'add_note', 'action_status'].map((name) => ({ name, description: 'of the server', inputSchema: { type: 'object' } }))).tools;

describe('a tool of a server that is called as one of the proxy’s own', () => {
  it('is refused by name, and the others are offered', () => {
    const { offered, refused } = offerable(listed);
    expect(offered.map(({ origin }) => origin)).toEqual(['add_note']);
    expect(refused).toEqual(['action_status', 'action_wait'].map((origin) => ({ origin, why: 'the proxy has a tool of its own by this name' })));
  });
});
