import { describe, expect, it } from 'vitest';
import { fileSystemOf } from './machine.js';

const MOUNTS = ['/dev/vda / ext4 rw 0 0', 'tmpfs /tmp tmpfs rw 0 0', '/dev/vdb /tmp/data xfs rw 0 0', ''].join('\n');

describe('the disk of a folder', () => {
  it.each([
    ['/home/someone', 'ext4 on /dev/vda'],
    ['/tmp/bench', 'tmpfs on tmpfs'],
    ['/tmp/data/bench', 'xfs on /dev/vdb'],
    ['/tmp/database', 'tmpfs on tmpfs'],
  ])('%s is the mount that it lies under', (folder, disk) => {
    expect(fileSystemOf(MOUNTS, folder)).toBe(disk);
  });

  it('is unknown where the system says nothing', () => {
    expect(fileSystemOf('', '/tmp')).toBe('unknown');
  });
});
