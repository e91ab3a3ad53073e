import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PACK_FILES, verifyPack, verifyProof, type Trust } from '@countersign/audit';
import { CountersignError, messageOf } from '@countersign/kernel';
import type { CommandContext } from '../../command-context.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { Fault } from '../../terminal/failure.js';
import { PROOF_FILES } from '../proof-files.js';

/** What somebody was given in place of an archive: the pack of `ledger export`, or the proof of `ledger prove`. */
export type Evidence = { readonly kind: 'pack' | 'proof'; readonly folder: string };

/** The file by which each is known. */
const MARK = { pack: PACK_FILES.manifest, proof: PROOF_FILES.recordReceipt } as const;

/** A pack and a proof are files; what an archive has lies in folders, one for each namespace. */
const holdsFolders = (folder: string): boolean => readdirSync(folder).some((name) => !name.startsWith('.') && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory());

/**
 * Whether a folder is evidence, and not an archive. Throws `ARCHIVE_INVALID` where it has files of several kinds: whoever puts a file
 * into a folder does not choose what of it is verified.
 */
export const evidenceIn = ({ cwd }: Pick<CommandContext, 'cwd'>, given: string | undefined): Evidence | undefined => {
  if (given === undefined || /^[a-z0-9]{2,}:/.test(given)) return undefined;
  const folder = resolve(cwd, given);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  const kinds = (['pack', 'proof'] as const).filter((kind) => existsSync(join(folder, MARK[kind])));
  const [kind, other] = kinds;
  if (kind === undefined) return undefined;
  if (other !== undefined || holdsFolders(folder)) {
    const more = other === undefined ? 'folders, as an archive has' : `\`${MARK[other]}\` of a ${other}`;
    throw new Fault(EXIT.integrity, 'ARCHIVE_INVALID', `\`${folder}\` has the \`${MARK[kind]}\` of a ${kind} and ${more}: somebody has put one to the other`, { hint: 'to verify the archive, or the one that is meant, take the files of the other out of the folder, and keep them' });
  }
  return { kind, folder };
};

const readIn = (folder: string) => (name: string): Buffer | undefined => {
  // Names come from the pack.
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name) || !existsSync(join(folder, name))) return undefined;
  return readFileSync(join(folder, name));
};

const required = (folder: string, name: string): Buffer => {
  const bytes = readIn(folder)(name);
  if (!bytes) throw new CountersignError('ARCHIVE_INVALID', `there is no \`${name}\` in \`${folder}\``);
  return bytes;
};

/** Shows what the evidence shows; exit code 8 where it shows nothing. */
export const verifyEvidence = ({ terminal }: CommandContext, { kind, folder }: Evidence, trust: Trust): ExitCode => {
  const { colors } = terminal;
  try {
    if (kind === 'pack') {
      const { manifest, records, redacted } = verifyPack(readIn(folder), trust);
      terminal.result(
        () => `${colors.green(colors.bold('intact'))}: ${records.toLocaleString('en')} records of ${manifest.origin}/${manifest.namespace}${redacted > 0 ? `, ${redacted.toLocaleString('en')} of them left out and shown to be there` : ''}${manifest.first === undefined ? '' : `, from ${manifest.first} to ${manifest.last ?? ''}`}`,
        () => ({ pack: folder, intact: true, leftOut: redacted, ...manifest }),
      );
      return EXIT.ok;
    }
    const file = (name: string): Buffer => required(folder, name);
    const shown = verifyProof({ record: { entry: file(PROOF_FILES.record), receipt: file(PROOF_FILES.recordReceipt).toString() }, anchor: { entry: file(PROOF_FILES.anchor), receipt: file(PROOF_FILES.anchorReceipt).toString() } }, trust);
    const { topic, partition, offset, index, log, anchor } = shown;
    terminal.result(
      () => `${colors.green(colors.bold('shown'))}: ${topic}/${partition}, offset ${offset}, is entry ${index} of ${log.size} in \`${log.origin}\`, which \`${anchor.origin}\` tells of`,
      () => ({ proof: folder, intact: true, topic, partition, offset, entry: index, log: log.origin, logSize: log.size, anchor: anchor.origin, anchorSize: anchor.size, witnesses: anchor.witnesses.map(({ name }) => name) }),
    );
    return EXIT.ok;
  } catch (fault) {
    terminal.result(
      () => `${colors.red(colors.bold('NOT SHOWN'))}: ${messageOf(fault)}`,
      () => ({ [kind]: folder, intact: false, message: messageOf(fault) }),
    );
    return EXIT.integrity;
  }
};
