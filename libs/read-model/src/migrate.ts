import { Migrator, type Migration } from 'kysely/migration';
import type { Kysely } from 'kysely';
import * as theRecordOfRuns from './migrations/0001-the-record-of-runs.js';
import * as eventsAsTheyAre from './migrations/0002-events-as-they-are.js';
import * as whoConfirms from './migrations/0003-who-confirms.js';
import * as wordsThatStand from './migrations/0003-words-that-stand.js';
import * as whatIsShown from './migrations/0004-what-is-shown.js';
import * as whatNeedsSomebody from './migrations/0005-what-needs-somebody.js';
import * as whatBecameOfAYes from './migrations/0006-what-became-of-a-yes.js';
import * as whatRunsAsk from './migrations/0007-what-runs-ask.js';
import * as whatRunsAreFoundBy from './migrations/0008-what-runs-are-found-by.js';
import * as whatEffectsAreFoundBy from './migrations/0009-what-effects-are-found-by.js';
import * as whoSignedOff from './migrations/0010-who-signed-off.js';
import type { Tables } from './tables.js';

/** In order of name. A published migration is never edited: a change is a new one. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-the-record-of-runs': theRecordOfRuns,
  '0002-events-as-they-are': eventsAsTheyAre,
  '0003-who-confirms': whoConfirms,
  '0003-words-that-stand': wordsThatStand,
  '0004-what-is-shown': whatIsShown,
  '0005-what-needs-somebody': whatNeedsSomebody,
  '0006-what-became-of-a-yes': whatBecameOfAYes,
  '0007-what-runs-ask': whatRunsAsk,
  '0008-what-runs-are-found-by': whatRunsAreFoundBy,
  '0009-what-effects-are-found-by': whatEffectsAreFoundBy,
  '0010-who-signed-off': whoSignedOff,
};

/** Brings the tables up to date. Kysely holds an advisory lock meanwhile, so replicas that start together do it once. */
export const migrate = async (db: Kysely<Tables>): Promise<void> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
};
