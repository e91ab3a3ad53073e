import { setTimeout as sleep } from 'node:timers/promises';
import { openReadableStore, readDescription, type ArchiveDescription, type ReadableStore } from '@countersign/archive';
import { isWitnessed, placeOfAnchor, type Trust } from '@countersign/audit';
import { codeOf, CountersignError, messageOf } from '@countersign/kernel';
import { decodeVerifier, encodeVerifier, openCheckpoint, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings, type Settings } from '../connection/settings.js';
import { countOption } from '../terminal/option-values.js';

/** What every command takes that reads an archive. */
export interface ArchiveOptions {
  readonly anchor?: string;
  readonly witness?: readonly string[];
  readonly quorum?: string;
  readonly seen?: readonly string[];
}

export interface OpenArchive {
  readonly url: string;
  readonly store: ReadableStore;
  readonly trust: Trust;
}

const keyOf = (text: string): NoteVerifier => {
  try {
    return decodeVerifier(text);
  } catch (cause) {
    throw new CountersignError('KEY_INVALID', `\`${text.slice(0, 80)}\` is no verifier key`, { hint: 'write `name+id+key`, as `ledger init`, `dev up` and `dev status` print it', cause });
  }
};

/** A folder may be named as people name folders. */
export const urlOf = ({ cwd }: CommandContext, given: string): string => (/^[a-z0-9]{2,}:/.test(given) ? given : pathToFileURL(resolve(cwd, given)).href);

const MOST_WITNESSES = 64;
/** A checkpoint is published before it is cosigned: whoever comes in between looks again. */
const COSIGN_LOOKS = 25;
const COSIGN_PAUSE_MS = 200;

const awaitWitnesses = async (store: ReadableStore, trust: Trust): Promise<void> => {
  for (let look = 0; look < COSIGN_LOOKS && !(await isWitnessed(store, trust)); look += 1) await sleep(COSIGN_PAUSE_MS);
};

/** Those that are named, or, where the anchor is that of the settings, theirs. */
const namedWitnesses = (settings: Settings, { anchor, witness }: ArchiveOptions): readonly string[] => {
  if (witness || anchor !== undefined) return witness ?? [];
  return settings.get('archive.witnesses', CLIENT_VARIABLES.archiveWitnesses)?.split(',').filter(Boolean) ?? [];
};

const headIn = (file: string, anchor: NoteVerifier): TreeHead => {
  try {
    return openCheckpoint(readFileSync(file), { origin: anchor.name, logKeys: [anchor] });
  } catch (cause) {
    throw new CountersignError('USAGE', `\`${file}\` is no checkpoint of this anchor: ${messageOf(cause)}`, { hint: 'keep `NAMESPACE/anchor/0/checkpoint` of the archive', cause });
  }
};

/** Checkpoints of the anchor that somebody kept, the smallest first. */
export const seenIn = (files: readonly string[], anchor: NoteVerifier): readonly TreeHead[] => files.map((file) => headIn(file, anchor)).toSorted((one, other) => one.size - other.size);

/** Whose word counts: the anchor that is named, or the one of the stack here, and the witnesses that are asked for. */
export const readTrust = (context: CommandContext, options: ArchiveOptions): Trust => {
  const { anchor, quorum, seen = [] } = options;
  const settings = readSettings(context);
  const key = anchor ?? settings.get('archive.anchor', CLIENT_VARIABLES.archiveAnchor);
  if (key === undefined) throw new CountersignError('USAGE', 'whose archive it has to be is not said', { hint: 'give the key of its anchor: `--anchor name+id+key`; whoever runs the archive has published it; of a local stack `dev status` prints it' });
  const witnesses = namedWitnesses(settings, options).map(keyOf);
  // Whoever names witnesses means all of them.
  const asked = quorum === undefined ? witnesses.length : countOption('--quorum', quorum, MOST_WITNESSES);
  if (asked > witnesses.length) throw new CountersignError('USAGE', `a quorum of ${asked} and ${witnesses.length} witnesses`, { hint: 'name each with `--witness name+id+key`' });
  const verifier = keyOf(key);
  return { anchor: verifier, witnesses, quorum: asked, seen: seenIn(seen.map((file) => resolve(context.cwd, file)), verifier) };
};

/** Where the archive is that is named, or the one of the stack here. */
export const archiveUrl = (context: CommandContext, given: string | undefined): string => {
  const settings = readSettings(context);
  const url = given === undefined ? settings.get('archive.url', CLIENT_VARIABLES.archiveUrl) : urlOf(context, given);
  if (url === undefined) throw settings.missing('where the archive is', CLIENT_VARIABLES.archiveUrl);
  return url;
};

/** The archive that is named, or the one of the stack here, and whose word counts for it. */
export const openArchive = async (context: CommandContext, given: string | undefined, options: ArchiveOptions): Promise<OpenArchive> => {
  const url = archiveUrl(context, given);
  const [store, trust] = [await openReadableStore(url), readTrust(context, options)];
  await awaitWitnesses(store, trust);
  return { url, store, trust };
};

/** What an archive says of itself. Throws `ARCHIVE_INVALID` where that is another archive, and `NOT_FOUND` for a place that has none: whoever reads does not begin one there. */
export const descriptionOf = async ({ store, trust, url }: OpenArchive): Promise<ArchiveDescription> => {
  const { namespace } = placeOfAnchor(trust.anchor);
  try {
    const description = await readDescription(store, namespace);
    // Nothing proves what it says; what it says of its key has to be so.
    if (description.anchor !== encodeVerifier(trust.anchor)) throw new CountersignError('ARCHIVE_INVALID', `the archive in ${url} says that the key of its anchor is \`${description.anchor}\``, { hint: 'give the key that whoever runs it has published (`--anchor`); if that is the one, somebody has changed `archive.json`' });
    return description;
  } catch (cause) {
    if (codeOf(cause) !== 'CONFIG_INVALID') throw cause;
    throw new CountersignError('NOT_FOUND', `there is no archive of \`${namespace}\` in ${url}`, { hint: 'name the folder, bucket or address that has it', cause });
  }
};
