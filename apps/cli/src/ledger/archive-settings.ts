import { openReadableStore, type ReadableStore } from '@countersign/archive';
import type { Trust } from '@countersign/audit';
import { CountersignError, messageOf } from '@countersign/kernel';
import { decodeVerifier, openCheckpoint, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
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
    throw new CountersignError('KEY_INVALID', `\`${text.slice(0, 80)}\` is no verifier key`, { hint: 'write `name+id+key`, as `ledger init` and `dev up` print it', cause });
  }
};

/** A folder may be named as people name folders. */
const urlOf = ({ cwd }: CommandContext, given: string): string => (/^[a-z0-9]{2,}:/.test(given) ? given : pathToFileURL(resolve(cwd, given)).href);

const MOST_WITNESSES = 64;

/** A checkpoint of the anchor that somebody kept. */
const seenIn = (file: string, anchor: NoteVerifier): TreeHead => {
  try {
    return openCheckpoint(readFileSync(file), { origin: anchor.name, logKeys: [anchor] });
  } catch (cause) {
    throw new CountersignError('USAGE', `\`${file}\` is no checkpoint of this anchor: ${messageOf(cause)}`, { hint: 'keep `NAMESPACE/anchor/0/checkpoint` of the archive', cause });
  }
};

/** Whose word counts: the anchor that is named, or the one of the stack here, and the witnesses that are asked for. */
export const readTrust = (context: CommandContext, { anchor, witness = [], quorum, seen = [] }: ArchiveOptions): Trust => {
  const key = anchor ?? readSettings(context).get('archive.anchor', CLIENT_VARIABLES.archiveAnchor);
  if (key === undefined) throw new CountersignError('USAGE', 'whose archive it has to be is not said', { hint: 'give the key of its anchor: `--anchor name+id+key`; whoever runs the archive has published it' });
  const witnesses = witness.map(keyOf);
  // Whoever names witnesses means all of them.
  const asked = quorum === undefined ? witnesses.length : countOption('--quorum', quorum, MOST_WITNESSES);
  if (asked > witnesses.length) throw new CountersignError('USAGE', `a quorum of ${asked} and ${witnesses.length} witnesses`, { hint: 'name each with `--witness name+id+key`' });
  const verifier = keyOf(key);
  const heads = seen.map((file) => seenIn(resolve(context.cwd, file), verifier)).toSorted((one, other) => one.size - other.size);
  return { anchor: verifier, witnesses, quorum: asked, seen: heads };
};

/** The archive that is named, or the one of the stack here, and whose word counts for it. */
export const openArchive = async (context: CommandContext, given: string | undefined, options: ArchiveOptions): Promise<OpenArchive> => {
  const settings = readSettings(context);
  const url = given === undefined ? settings.get('archive.url', CLIENT_VARIABLES.archiveUrl) : urlOf(context, given);
  if (url === undefined) throw settings.missing('where the archive is', CLIENT_VARIABLES.archiveUrl);
  return { url, store: await openReadableStore(url), trust: readTrust(context, options) };
};
