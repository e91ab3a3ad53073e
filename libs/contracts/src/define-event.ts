import type { Topic } from './flow.js';

/** A class whose class-validator decorators declare the payload. */
export type DataClass<Data extends object> = new () => Data;

/** One published version of an event. It is never edited: a change is a new version, an upcaster and a sample. */
export interface EventDefinition<Type extends string = string, Data extends object = object> {
  readonly type: Type;
  readonly version: number;
  readonly topic: Topic;
  /** What it is about, where that is less than what events of its topic are about otherwise. */
  readonly about?: 'workflow' | 'run' | 'anything';
  readonly dataClass: DataClass<Data>;
  /** Gives the payload no type: that is the class alone. */
  readonly sample: NoInfer<Data>;
}

export const TYPE_PREFIX = 'countersign.';

/** `urn:countersign:action.proposed:1` */
export const schemaId = (type: string, version: number): string => `urn:countersign:${type.slice(TYPE_PREFIX.length)}:${version}`;

/** File of the JSON Schema of a whole event of one version, in this package. */
export const schemaFile = (type: string, version: number): string => `generated/schemas/${type.slice(TYPE_PREFIX.length)}.${version}.json`;

/** File of the golden sample of one version, in this package. */
export const sampleFile = (type: string, version: number): string => `samples/${type.slice(TYPE_PREFIX.length)}.${version}.json`;

export const defineEvent = <const Type extends `countersign.${string}`, Data extends object>(
  definition: EventDefinition<Type, Data>,
): EventDefinition<Type, Data> => definition;

/** The payload type of a definition. */
export type DataOf<Definition> = Definition extends EventDefinition<string, infer Data> ? Data : never;
