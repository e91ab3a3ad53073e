import { constants } from 'node:buffer';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PACK_FILES, verifyPack, verifyProof, type Trust, type VerifiedPack } from '@countersign/audit';
import type { Root } from '@countersign/identity';
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

const count = (value: number): string => value.toLocaleString('en');

/** Bytes. Files are read as texts, and Node has none that is longer. */
const MAX_FILE = constants.MAX_STRING_LENGTH;

const readIn = (folder: string) => (name: string): Buffer | undefined => {
  // Names come from the pack.
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) return undefined;
  const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
  if (!found) return undefined;
  // A pipe never ends, and a link leads to whatever its maker likes.
  if (!found.isFile()) throw new CountersignError('ARCHIVE_INVALID', `\`${name}\` is no regular file`);
  if (found.size > MAX_FILE) throw new CountersignError('ARCHIVE_INVALID', `\`${name}\` is larger than ${count(MAX_FILE)} bytes`);
  return readFileSync(join(folder, name));
};

const required = (folder: string, name: string): Buffer => {
  const bytes = readIn(folder)(name);
  if (!bytes) throw new CountersignError('ARCHIVE_INVALID', `there is no \`${name}\` in \`${folder}\``);
  return bytes;
};

/** What was checked of a pack, as a sentence. */
const checkedText = ({ redacted, judged }: VerifiedPack): string => {
  const there = `each record is in the archive${redacted > 0 ? `, ${count(redacted)} of them left out and shown to be there` : ''}`;
  if (!judged) return there;
  const { signed, runs, causesElsewhere, refused } = judged;
  const others = Object.values(refused).reduce((sum, each) => sum + each, 0);
  return [there, `${count(signed)} events are signed by whom the controls name`, `${count(runs)} whole runs`, ...(causesElsewhere > 0 ? [`${count(causesElsewhere)} causes that they name are not in the pack`] : []), ...(others > 0 ? [`${count(others)} records count for nobody`] : [])].join(', ');
};

const showPack = ({ terminal }: CommandContext, folder: string, pack: VerifiedPack): void => {
  const { colors } = terminal;
  const { manifest, records, redacted, judged } = pack;
  terminal.result(
    () => `${colors.green(colors.bold('intact'))}: a pack of ${count(records)} records of ${manifest.origin}/${manifest.namespace}, from ${manifest.first ?? ''} to ${manifest.last ?? ''}\nchecked: ${checkedText(pack)}`,
    () => ({ pack: folder, intact: true, leftOut: redacted, signaturesChecked: judged !== undefined, ...judged, ...manifest }),
  );
  if (!judged) terminal.message('who wrote the events was not checked, nor whether any of a run is left out: give the public keys of the people, `--root FILE`');
};

const WRITTEN_BY = { pack: 'export', proof: 'prove' } as const;

/** What is of another shape than we write is told as that, and not in the words of the program that stumbled. */
const whyNotShown = (kind: Evidence['kind'], fault: unknown): string => (fault instanceof TypeError ? `the ${kind} is not as \`ledger ${WRITTEN_BY[kind]}\` writes it` : messageOf(fault));

/** Shows what the evidence shows; exit code 8 where it shows nothing. With a `root`, the events of a pack are held against its controls. */
export const verifyEvidence = (context: CommandContext, { kind, folder }: Evidence, trust: Trust, root: Root | undefined): ExitCode => {
  const { terminal } = context;
  const { colors } = terminal;
  try {
    if (kind === 'pack') {
      showPack(context, folder, verifyPack(readIn(folder), trust, root));
      return EXIT.ok;
    }
    const file = (name: string): Buffer => required(folder, name);
    const shown = verifyProof({ record: { entry: file(PROOF_FILES.record), receipt: file(PROOF_FILES.recordReceipt).toString() }, anchor: { entry: file(PROOF_FILES.anchor), receipt: file(PROOF_FILES.anchorReceipt).toString() }, blob: readIn(folder)(PROOF_FILES.blob) }, trust);
    const { topic, partition, offset, index, log, anchor } = shown;
    terminal.result(
      () => `${colors.green(colors.bold('shown'))}: ${topic}/${partition}, offset ${offset}, is entry ${index} of ${log.size} in \`${log.origin}\`, which \`${anchor.origin}\` tells of`,
      () => ({ proof: folder, intact: true, topic, partition, offset, entry: index, log: log.origin, logSize: log.size, anchor: anchor.origin, anchorSize: anchor.size, witnesses: anchor.witnesses.map(({ name }) => name) }),
    );
    return EXIT.ok;
  } catch (fault) {
    const message = whyNotShown(kind, fault);
    terminal.result(
      () => `${colors.red(colors.bold('NOT SHOWN'))}: ${message}`,
      () => ({ [kind]: folder, intact: false, message }),
    );
    return EXIT.integrity;
  }
};
