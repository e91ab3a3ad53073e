import 'reflect-metadata';
import { createRequire } from 'node:module';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import type { DataClass } from '../define-event.js';
import { MAX_CODE_POINTS, SCALAR } from '../values/decorators.js';

export type Schema = { readonly [keyword: string]: unknown };

const REFERENCE = '#/definitions/';

/** class-transformer keeps the classes of nested parts in a store that it does not export. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as { defaultMetadataStorage: never };

const maxCodePoints = (metadata: ValidationMetadata): { type: 'string'; maxLength: number } => ({ type: 'string', maxLength: (metadata.constraints as [number])[0] });

const scalar = (metadata: ValidationMetadata): Record<string, unknown> => ({ anyOf: [{ type: 'string', maxLength: (metadata.constraints as [number])[0] }, { type: 'number' }, { type: 'boolean' }] });

const options = {
  classValidatorMetadataStorage: getMetadataStorage(),
  classTransformerMetadataStorage: defaultMetadataStorage,
  refPointerPrefix: REFERENCE,
  additionalConverters: { [MAX_CODE_POINTS]: maxCodePoints, [SCALAR]: scalar },
};

/** Of every class that was loaded before the first call. */
let definitions: Record<string, unknown> | undefined;
const definitionOf = (name: string): unknown => {
  definitions ??= validationMetadatasToSchemas(options);
  return definitions[name];
};

/** Puts the definitions in place of what refers to them, and closes every object of ours. */
const inlined = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(inlined);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, ...rest } = schema as { $ref?: string };
  if ($ref !== undefined) return closed(definitionOf($ref.slice(REFERENCE.length)));
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inlined(value)]));
};

const closed = (definition: unknown): Schema => ({ ...(inlined(definition) as Schema), additionalProperties: false });

/** JSON Schema of a payload, made from the decorators of its class; every field that is not declared is refused. */
export const dataSchema = (dataClass: DataClass<object>): Schema => closed(targetConstructorToSchema(dataClass, options));
