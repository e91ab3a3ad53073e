import { NAME_PATTERN } from '@countersign/kernel';
import { FLOW, SERVICES, type Topic } from '../flow.js';
import { CAUSES_PATTERN } from '../envelope.js';
import { ID_PATTERN, PRINCIPAL_PATTERN, RUN_PATTERN, TIMESTAMP_PATTERN } from '../values/patterns.js';
import type { EventDefinition } from '../define-event.js';
import type { Schema } from './data-schema.js';

/** The attributes that place an event; which of them it has is a matter of its topic. */
const PLACE = ['tenant', 'workflow', 'run', 'step'] as const;
type Place = (typeof PLACE)[number];

interface Rule {
  readonly required: readonly Place[];
  readonly allowed: readonly Place[];
}

const ofRun: Rule = { required: ['tenant', 'workflow', 'run'], allowed: PLACE };
const ofStep: Rule = { required: PLACE, allowed: PLACE };

/** Everything on the co-partitioned log has the parts of its key; what is about a step names it. */
const PLACES: Readonly<Record<Topic, Rule>> = {
  inbox: { required: [], allowed: PLACE },
  outcomes: { required: ['tenant'], allowed: ['tenant', 'workflow', 'run'] },
  ballots: ofRun,
  controls: { required: [], allowed: [] },
  tasks: { required: ['tenant', 'workflow', 'run'], allowed: ['tenant', 'workflow', 'run'] },
  proposals: ofRun,
  decisions: ofRun,
  approvals: ofStep,
  executions: ofStep,
  cards: ofStep,
  ledger: { required: [], allowed: PLACE },
  anchor: { required: [], allowed: [] },
};

const OF: Readonly<Record<'workflow' | 'run' | 'anything', Rule>> = { anything: { required: [], allowed: PLACE }, workflow: { required: ['tenant', 'workflow'], allowed: PLACE }, run: ofRun };

export const placeRule = ({ topic, about }: Pick<EventDefinition, 'topic' | 'about'>): Rule => (about ? OF[about] : PLACES[topic]);

/** Claims belong to a partition, not to a tenant. */
export const NO_PLACE: Rule = { required: [], allowed: [] };

const name = { type: 'string', pattern: NAME_PATTERN };
const SCHEMA_OF_PLACE: Readonly<Record<Place, Schema>> = { tenant: name, workflow: name, run: { type: 'string', pattern: RUN_PATTERN.source }, step: name };

/** A chain of 40 causes is more than any event has. */
const MAX_CAUSES_LENGTH = 8_000;

/** An integer of CloudEvents has 32 bits; people will not have put so many controls in force. */
const CONTROL_EPOCH: Schema = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 };

interface EnvelopeOptions {
  readonly type: string;
  readonly dataschema: string;
  readonly rule: Rule;
  readonly sources: readonly string[];
  /** Whether the writer knows what is in force. */
  readonly hasControlEpoch: boolean;
  readonly data: Schema;
}

/** JSON Schema of a whole event: the envelope with its data. */
export const envelopeSchema = (options: EnvelopeOptions): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: ['specversion', 'id', 'type', 'dataschema', 'source', 'time', 'datacontenttype', 'actor', 'causes', 'data', ...options.rule.required],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', pattern: ID_PATTERN.source },
    type: { const: options.type },
    dataschema: { const: options.dataschema },
    source: { enum: options.sources },
    time: { type: 'string', pattern: TIMESTAMP_PATTERN.source },
    datacontenttype: { const: 'application/json' },
    ...Object.fromEntries(options.rule.allowed.map((place) => [place, SCHEMA_OF_PLACE[place]])),
    actor: { type: 'string', pattern: PRINCIPAL_PATTERN.source, maxLength: 300 },
    causes: { type: 'string', pattern: CAUSES_PATTERN.source, maxLength: MAX_CAUSES_LENGTH },
    ...(options.hasControlEpoch ? { controlepoch: CONTROL_EPOCH } : {}),
    data: options.data,
  },
});

/** Whether services write to a topic, and nobody else. */
export const isOfServices = (topic: Topic): boolean => FLOW[topic].writers.every((writer) => SERVICES.some((service) => service === writer));

/** `source` of what may write to a topic. */
export const sourcesOf = (topic: Topic): readonly string[] => FLOW[topic].writers.map((writer) => `/countersign/${writer}`);
