import type { ConfigFile, ConfigKind, Event } from '@countersign/contracts';
import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';
import type { DocumentFault, DocumentReader, Documents, Pinned } from '../config/document.js';
import { fileIdOf } from '../config/tool-contract.js';
import { isAmong } from '../event-type.js';
import { activate } from './activate.js';
import type { ControlPlace, ControlState } from './control-state.js';
import { evolveStops, STOP_CONTROLS } from './evolve-stops.js';

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
  'countersign.approvers.published',
  'countersign.config.activated',
  'countersign.key.announced',
  'countersign.key.retired',
  'countersign.dlq.redriven',
  ...STOP_CONTROLS,
] as const;

/** Enough for a person to see what went wrong last; older ones are in the log. */
const FAULTS_KEPT = 100;

/**
 * Folds one control in. The caller has checked that people signed it and that their roles suffice. Total: a control that breaks
 * a rule changes nothing but `faults`, so that a broken file never takes down what is in force.
 */
export const evolveControls = (state: ControlState, event: Event, place: ControlPlace, read: DocumentReader): ControlState => {
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
    const known: ReadonlyMap<Sha256, Pinned<Documents[ConfigKind]>> = state.files[kind];
    return { ...next, files: { ...state.files, [kind]: new Map([...known, [file.hash, pinned]]) } };
  };

  if (!isAmong(event, CONTROLS)) return refuse(`\`${event.type}\` is no control`);
  switch (event.type) {
    case 'countersign.contract.published':
      return publish('contract', event.data);
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
    case 'countersign.config.activated': {
      const activation = activate(state, event.data);
      return 'faults' in activation ? refuse(`manifest ${event.data.version} is void`, activation.faults) : { ...next, active: activation.configuration };
    }
    case 'countersign.key.announced': {
      const { key, service, publicKey } = event.data;
      // A key belongs to one service for ever: a second announcement could only widen what it may sign, or revive it.
      if (state.keys.has(key)) return refuse(`key \`${key}\` is announced already`);
      return { ...next, keys: new Map([...state.keys, [key, { key, service, publicKey, announced: place.offset }]]) };
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
    case 'countersign.kill-switch.set':
    case 'countersign.kill-switch.lifted':
    case 'countersign.mode.changed': {
      const stops = evolveStops(state.stops, event, place);
      return 'fault' in stops ? refuse(stops.fault) : { ...next, stops };
    }
  }
};
