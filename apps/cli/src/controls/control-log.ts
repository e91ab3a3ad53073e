import { CONFIG_KINDS, HEADERS, topicName, type ActivatedFile, type ConfigFile, type Event } from '@countersign/contracts';
import { isAmong, scopeKey, STOP_CONTROLS, type ControlState, type StopControl } from '@countersign/domain';
import { verifyPersons, type Root } from '@countersign/identity';
import { codeOf, messageOf, type Principal, type Sha256 } from '@countersign/kernel';
import { controlsFold, controlVerifier } from '@countersign/service/client';
import type { Broker, LogRecord } from '@countersign/bus/client';
import { publishedType, sameFile, type VersionedFile } from '../config/config-file.js';

/** A manifest that was or is in force. */
export interface Manifest {
  readonly version: number;
  readonly hash: Sha256;
  readonly files: readonly ActivatedFile[];
  readonly by: Principal;
  /** RFC 3339, the writer's. */
  readonly at: string;
  readonly offset: number;
}

/** A manifest that widens what is in force and waits for signatures: whoever signs signs these bytes. */
export interface Proposal extends Manifest {
  readonly value: Buffer;
  /** Detached JWS of each who signed, in all records of these bytes. */
  readonly signatures: readonly string[];
  readonly signers: readonly Principal[];
}

/** What would let a stopped scope go on, and waits for signatures over its bytes. */
export interface PendingLift {
  readonly event: StopControl;
  readonly offset: number;
  readonly value: Buffer;
  readonly signatures: readonly string[];
  readonly signers: readonly Principal[];
}

/** A record of `controls` that counts for nobody. */
export interface RefusedControl {
  readonly offset: number;
  readonly code: string;
  readonly message: string;
}

/** Everything that people have put on `controls`, checked as every service checks it. */
export interface ControlLog {
  readonly state: ControlState;
  /** Files as they were published, oldest first. */
  readonly published: readonly VersionedFile[];
  /** Oldest first; the last one is in force. */
  readonly manifests: readonly Manifest[];
  /** What waits to be next, oldest first. */
  readonly proposals: readonly Proposal[];
  /** Oldest first. */
  readonly lifts: readonly PendingLift[];
  readonly refused: readonly RefusedControl[];
}

const publishedFile = (event: Event): VersionedFile | undefined => {
  const kind = CONFIG_KINDS.find((each) => publishedType(each) === event.type);
  if (kind === undefined) return undefined;
  const { id, version, hash, path, body } = event.data as ConfigFile;
  return { kind, id, version, hash, path, body };
};

type Signed = Pick<Proposal, 'value' | 'signatures' | 'signers'>;

/** Signatures over the same bytes add up, whoever wrote them to the log. */
const cosigned = <What extends object>(known: readonly (What & Signed)[], what: What, { value, headers }: LogRecord, root: Root): readonly (What & Signed)[] => {
  const bytes = value ?? Buffer.alloc(0);
  const before = known.find((proposal) => proposal.value.equals(bytes));
  const given = String(headers[HEADERS.personSignature] ?? '').split(' ');
  const signatures = [...new Set([...(before?.signatures ?? []), ...given])];
  return [...known.filter((proposal) => proposal !== before), { ...what, value: bytes, signatures, signers: verifyPersons(bytes, signatures.join(' '), root.people) }];
};

/** Folds the records of `controls`, in their order. A bad one changes nothing. */
export const foldControlLog = (records: readonly LogRecord[], root: Root): ControlLog => {
  const verify = controlVerifier(root);
  let state = controlsFold.initial();
  const published: VersionedFile[] = [];
  const manifests: Manifest[] = [];
  let proposals: readonly Proposal[] = [];
  let lifts: readonly PendingLift[] = [];
  const refused: RefusedControl[] = [];
  for (const record of records) {
    const { offset } = record;
    try {
      const control = verify(record);
      const { event } = control;
      const before = state;
      state = controlsFold.evolve(before, control, record);
      const fault = state.faults.at(-1);
      if (fault?.offset === offset) refused.push({ offset, code: 'CONFIG_INVALID', message: fault.message });
      const file = publishedFile(event);
      if (file && fault?.offset !== offset) published.push(file);
      if (isAmong(event, STOP_CONTROLS)) {
        // What changed the scope has settled what waited for it.
        if (state.stops !== before.stops) lifts = lifts.filter((lift) => scopeKey(lift.event.data) !== scopeKey(event.data));
        else if (fault?.offset !== offset) lifts = cosigned<Pick<PendingLift, 'event' | 'offset'>>(lifts, { event, offset }, record, root);
      }
      if (event.type !== 'countersign.config.activated') continue;
      const { version, hash, files } = event.data;
      const manifest: Manifest = { version, hash, files, by: event.actor, at: event.time, offset };
      if (state.active !== before.active) {
        manifests.push(manifest);
        proposals = [];
      } else if (state.pending.some((pending) => pending.offset === offset)) proposals = cosigned(proposals, manifest, record, root);
    } catch (fault) {
      refused.push({ offset, code: codeOf(fault), message: messageOf(fault) });
    }
  }
  return { state, published, manifests, proposals, lifts, refused };
};

/** The only partition of `controls`. */
export const CONTROLS_PARTITION = 0;

/** Every record of `controls`, unchecked. */
export const readControlRecords = async (broker: Broker, namespace: string): Promise<readonly LogRecord[]> => {
  const target = { topic: topicName(namespace, 'controls'), partition: CONTROLS_PARTITION };
  const { start, end } = await broker.offsets(target);
  const records: LogRecord[] = [];
  if (start < end) await broker.read(target, start, end, (batch) => void records.push(...batch));
  return records;
};

export const readControlLog = async (broker: Broker, namespace: string, root: Root): Promise<ControlLog> => foldControlLog(await readControlRecords(broker, namespace), root);

/** The files of a manifest, with their content. */
export const filesOf = (manifest: Manifest | undefined, published: readonly VersionedFile[]): readonly VersionedFile[] =>
  (manifest?.files ?? []).flatMap((file) => {
    const content = published.find((one) => sameFile(one, file) && one.hash === file.hash) ?? published.find((one) => one.kind === file.kind && one.hash === file.hash);
    return content ? [{ ...content, id: file.id, version: file.version }] : [];
  });

