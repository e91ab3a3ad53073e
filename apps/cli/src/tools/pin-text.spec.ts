import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sha256 } from '@countersign/kernel';
import { pinned } from './pin-text.js';

const HASH = sha256('now');

describe('a hash in a tool file', () => {
  it('comes behind the description, and nothing else moves', () => {
    const text = '# ours\nid: a.b   # name\ndescription: does it # really\nargs: { type: object }\n';
    expect(pinned(text, HASH)).toBe(`# ours\nid: a.b   # name\ndescription: does it # really\ndescription_hash: ${HASH}\nargs: { type: object }\n`);
  });

  it('comes behind a description of several lines, and at the end of a file without a last newline', () => {
    expect(pinned('description: >\n  does\n  it\n\nid: a.b\n', HASH)).toBe(`description: >\n  does\n  it\ndescription_hash: ${HASH}\n\nid: a.b\n`);
    expect(pinned('id: a.b\ndescription: does it', HASH)).toBe(`id: a.b\ndescription: does it\ndescription_hash: ${HASH}\n`);
  });

  it('takes the place of an older one', () => {
    expect(pinned('description_hash: "old" # pinned\ndescription: x\n', HASH)).toBe(`description_hash: ${HASH} # pinned\ndescription: x\n`);
  });

  it('never changes what is pinned', () => {
    expect(parse(pinned('description: |+\n  it\n\n\nid: a.b\n', HASH))).toEqual({ description: 'it\n\n\n', id: 'a.b', description_hash: HASH });
  });

  it('goes into a file in one pair of braces', () => {
    expect(pinned('{ id: a.b, description: x }\n', HASH)).toContain(`description_hash: ${HASH}`);
  });
});
