import { describe, expect, it } from 'vitest';
import type { Instant } from '@countersign/kernel';
import { ArchiveTroubles } from './archive-troubles.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const LATER = (NOW + 60_000) as Instant;
const alarm = (code: 'ARCHIVE_UNREACHABLE' | 'ARCHIVE_REFUSED' | 'ARCHIVE_FORKED', topic: string, partition = 0) => ({ code, topic, partition, offset: 7, message: 'as it is' });

/** What stands, as `CODE topic/partition`. */
const standing = (troubles: ArchiveTroubles): readonly string[] => troubles.standing().map(({ code, topic, partition }) => `${code} ${topic}/${partition}`);

describe('what the archive does not go on for', () => {
  it('stands since it began, however often it is told', () => {
    const troubles = new ArchiveTroubles();
    expect(troubles.standing()).toEqual([]);
    troubles.begin(alarm('ARCHIVE_FORKED', 'ballots', 2), NOW);
    troubles.begin(alarm('ARCHIVE_FORKED', 'ballots', 2), LATER);
    expect(troubles.standing()).toEqual([{ code: 'ARCHIVE_FORKED', topic: 'ballots', partition: 2, message: 'as it is', since: '2026-01-02T03:04:05.000Z' }]);
  });

  it('is over for an archive that answers again, and not for a log that stands still', () => {
    const troubles = new ArchiveTroubles();
    for (const each of [alarm('ARCHIVE_UNREACHABLE', 'tasks'), alarm('ARCHIVE_REFUSED', 'proposals'), alarm('ARCHIVE_FORKED', 'ballots')]) troubles.begin(each, NOW);
    troubles.back();
    expect(standing(troubles)).toEqual(['ARCHIVE_FORKED ballots/0']);
  });

  it('is over for a log that has a checkpoint again, as behind an epoch, and for no other one', () => {
    const troubles = new ArchiveTroubles();
    for (const partition of [0, 1]) troubles.begin(alarm('ARCHIVE_FORKED', 'ballots', partition), NOW);
    troubles.published({ topic: 'ballots', partition: 1 });
    expect(standing(troubles)).toEqual(['ARCHIVE_FORKED ballots/0']);
  });

  it('is not over for an archive that takes some logs and not others', () => {
    const troubles = new ArchiveTroubles();
    troubles.begin(alarm('ARCHIVE_UNREACHABLE', 'tasks'), NOW);
    troubles.published({ topic: 'tasks', partition: 0 });
    expect(standing(troubles)).toEqual(['ARCHIVE_UNREACHABLE tasks/0']);
  });

  it('is not over for an anchor that a witness knows otherwise, whatever is written there', () => {
    const troubles = new ArchiveTroubles();
    troubles.begin(alarm('ARCHIVE_FORKED', 'anchor'), NOW);
    troubles.published({ topic: 'anchor', partition: 0 });
    expect(standing(troubles)).toEqual(['ARCHIVE_FORKED anchor/0']);
  });
});
