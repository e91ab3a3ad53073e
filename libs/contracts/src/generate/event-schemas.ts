import { CATALOGUE } from '../catalogue.js';
import { CLAIM_TYPE, CLAIM_VERSION } from '../claim.js';
import { ClaimV1 } from '../claim.v1.js';
import { schemaId, type EventDefinition } from '../define-event.js';
import { OWNERS } from '../flow.js';
import { dataSchema, type Schema } from './data-schema.js';
import { envelopeSchema, isOfServices, NO_PLACE, placeRule, sourcesOf } from './envelope-schema.js';

export const definitions: readonly EventDefinition[] = CATALOGUE;

const titled = (type: string, version: number, schema: Schema): Schema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: schemaId(type, version),
  title: `${type}, version ${version}`,
  ...schema,
});

/** JSON Schema of a whole event of one version. */
export const eventSchema = ({ type, version, topic, about, dataClass }: EventDefinition): Schema =>
  titled(type, version, envelopeSchema({ type, dataschema: schemaId(type, version), rule: placeRule({ topic, ...(about && { about }) }), sources: sourcesOf(topic), hasControlEpoch: isOfServices(topic), data: dataSchema(dataClass) }));

/** JSON Schema of a claim, which only owners write. */
export const claimSchema = (): Schema =>
  titled(
    CLAIM_TYPE,
    CLAIM_VERSION,
    envelopeSchema({
      type: CLAIM_TYPE,
      dataschema: schemaId(CLAIM_TYPE, CLAIM_VERSION),
      rule: NO_PLACE,
      sources: OWNERS.map((owner) => `/countersign/${owner}`),
      hasControlEpoch: false,
      data: dataSchema(ClaimV1),
    }),
  );
