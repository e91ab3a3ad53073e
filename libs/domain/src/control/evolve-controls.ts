import type { ConfigFile, ConfigKind, Event } from '@countersign/contracts';
import { canonicalJson, sha256, type Instant, type Principal, type Sha256 } from '@countersign/kernel';
import type { DocumentFault, Documents, Pinned } from '../config/document.js';
import { fileIdOf } from '../config/tool-contract.js';
import { isAmong } from '../event-type.js';
import type { ConfigurationFiles, ConfigurationReader } from '../config/check-configuration.js';
import { activate } from './activate.js';
import { withAllotment } from './allotments.js';
import { evolveStops, STOP_CONTROLS } from './evolve-stops.js';
import type { ControlPlace, ControlState, FilesByHash } from './control-state.js';
import { endedLog, endFault } from './log-epoch.js';
import { filesOfConfiguration } from './policy-set.js';
import { widenings } from './widening/widenings.js';

/** A file goes by what its body says of itself; a policy file may say nothing. */
const identityFaults = (file: ConfigFile, document: { readonly id?: string; readonly version?: number }): readonly DocumentFault[] => [
  ...(document.id === undefined || fileIdOf(document.id) === file.id ? [] : [{ pointer: '/id', message: `is published as \`${file.id}\`` }]),
  ...(document.version === undefined || document.version === file.version ? [] : [{ pointer: '/version', message: `is published as ${file.version}` }]),
];

const CONTROLS = [
  'countersign.contract.published',
  'countersign.tool.published',
  'countersign.policy.published',
  'countersign.playbook.published',
  'countersign.tenant.published',
  'countersign.webhook.published',
  'countersign.approvers.published',
  'countersign.config.activated',
  'countersign.key.announced',
  'countersign.key.retired',
  'countersign.dlq.redriven',
  'countersign.log.ended',
  ...STOP_CONTROLS,
] as const;

/** Enough for a person to see what went wrong last; older ones are in the log. */
const FAULTS_KEPT = 100;

/** Enough for a person to find the one that was meant; each of them is for the same place in the row of versions. */
const PENDING_KEPT = 20;

const remember = (known: FilesByHash, { contracts, tools, policies, playbooks, approvers, tenants, webhooks }: ConfigurationFiles): FilesByHash => ({
  contract: withFiles(known.contract, contracts),
  tool: withFiles(known.tool, tools),
  policy: withFiles(known.policy, policies),
  playbook: withFiles(known.playbook, playbooks),
  approvers: withFiles(known.approvers, approvers),
  tenant: withFiles(known.tenant, tenants),
  webhook: withFiles(known.webhook, webhooks),
});

const withFiles = <Document>(known: ReadonlyMap<Sha256, Pinned<Document>>, files: readonly Pinned<Document>[]): ReadonlyMap<Sha256, Pinned<Document>> =>
  new Map([...known, ...files.map((file) => [file.hash, file] as const)]);

const withAuthor = (authors: ControlState['authors'], contracts: readonly Sha256[], author: Principal): ControlState['authors'] =>
  new Map([...authors, ...contracts.map((hash) => [hash, [...new Set([...(authors.get(hash) ?? []), author])]] as const)]);

/**
 * Folds one control in. The caller has checked that people signed it and that their roles suffice. Total: a control that breaks
 * a rule changes nothing but `faults`, so that a broken file never takes down what is in force.
 */
export const evolveControls = (state: ControlState, event: Event, place: ControlPlace, { read, policyFaults }: ConfigurationReader): ControlState => {
  const next: ControlState = { ...state, epoch: place.offset };
  const refuse = (message: string, faults: readonly DocumentFault[] = []): ControlState => ({
    ...next,
    faults: [...state.faults, { offset: place.offset, message, faults }].slice(-FAULTS_KEPT),
  });
  const publish = (kind: ConfigKind, file: ConfigFile): ControlState => {
    if (sha256(canonicalJson(file.body)) !== file.hash) return refuse(`the hash of ${kind} \`${file.id}\` is not the hash of its body`);
    const reading = read(kind, file.body);
    if ('faults' in reading) return refuse(`${kind} \`${file.id}\` version ${file.version} cannot be read`, reading.faults);
    const stated = identityFaults(file, reading.document);
    if (stated.length > 0) return refuse(`${kind} \`${file.id}\` is not what its body says`, stated);
    const pinned: Pinned<Documents[ConfigKind]> = { id: file.id, version: file.version, hash: file.hash, document: reading.document };
    return { ...next, published: { ...state.published, [kind]: new Map<Sha256, Pinned<Documents[ConfigKind]>>([...state.published[kind], [file.hash, pinned]]) } };
  };

  if (!isAmong(event, CONTROLS)) return refuse(`\`${event.type}\` is no control`);
  switch (event.type) {
    case 'countersign.contract.published': {
      const published = publish('contract', event.data);
      return published.published === next.published ? published : { ...published, authors: withAuthor(state.authors, [event.data.hash], event.actor) };
    }
    case 'countersign.tool.published':
      return publish('tool', event.data);
    case 'countersign.policy.published':
      return publish('policy', event.data);
    case 'countersign.playbook.published':
      return publish('playbook', event.data);
    case 'countersign.approvers.published':
      return publish('approvers', event.data);
    case 'countersign.tenant.published':
      return publish('tenant', event.data);
    case 'countersign.webhook.published':
      return publish('webhook', event.data);
    case 'countersign.config.activated': {
      const { version, hash } = event.data;
      const activation = activate(state, event.data, policyFaults, place.timestamp as Instant);
      if ('faults' in activation) return refuse(`manifest ${version} is void`, activation.faults);
      // Whether it widens is found out here, by every reader: what a manifest says of itself, or who relays it, counts for nothing.
      const waits = !place.quorate && widenings(state.active && filesOfConfiguration(state.active), activation.files).length > 0;
      if (waits) return { ...next, pending: [...state.pending.filter((other) => other.hash !== hash), { offset: place.offset, version, hash }].slice(-PENDING_KEPT) };
      const inForce = new Set(state.active?.contracts.map((contract) => contract.hash));
      const fresh = activation.configuration.contracts.flatMap((contract) => (inForce.has(contract.hash) ? [] : [contract.hash]));
      return { ...next, active: activation.configuration, allotments: withAllotment(state.allotments, activation.files, place.timestamp), files: remember(state.files, activation.files), authors: withAuthor(state.authors, fresh, event.actor), pending: [] };
    }
    case 'countersign.key.announced': {
      const { key, service, publicKey, encryptionKey } = event.data;
      // A key belongs to one service for ever: a second announcement could only widen what it may sign, or revive it.
      if (state.keys.has(key)) return refuse(`key \`${key}\` is announced already`);
      return { ...next, keys: new Map([...state.keys, [key, { key, service, publicKey, ...(encryptionKey !== undefined && { encryptionKey }), announced: place.offset }]]) };
    }
    case 'countersign.key.retired': {
      const known = state.keys.get(event.data.key);
      if (!known) return refuse(`key \`${event.data.key}\` was never announced`);
      if (known.retiredAt !== undefined) return next;
      return { ...next, keys: new Map([...state.keys, [known.key, { ...known, retiredAt: place.timestamp }]]) };
    }
    case 'countersign.dlq.redriven': {
      const { service, topic, partition, offset } = event.data;
      return { ...next, redrives: [...state.redrives, { at: place.offset, service, topic, partition, offset }] };
    }
    case 'countersign.log.ended': {
      const fault = endFault(state.endedLogs, event.data);
      return fault === undefined ? { ...next, endedLogs: [...state.endedLogs, endedLog(event.data, place.offset, event.actor)] } : refuse(fault);
    }
    case 'countersign.kill-switch.set':
    case 'countersign.kill-switch.lifted':
    case 'countersign.mode.changed': {
      const stops = evolveStops(state.stops, event, place);
      return 'fault' in stops ? refuse(stops.fault) : { ...next, stops };
    }
  }
};
