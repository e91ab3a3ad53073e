import { atPointer, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';

/** Keywords of JSON Schema 2020-12 by what they hold: a schema, a list of schemas, or schemas by name. */
export const HOLDS_ONE: readonly string[] = ['if', 'then', 'else', 'not', 'items', 'contains', 'unevaluatedItems', 'additionalProperties', 'unevaluatedProperties'];
export const HOLDS_LIST: readonly string[] = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
export const HOLDS_NAMED: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions'];

/** Those whose parts speak of the same value; what any branch marks is marked. */
const SAME_PLACE: readonly string[] = ['if', 'then', 'else', 'not', 'anyOf', 'oneOf', 'allOf', 'dependentSchemas', 'dependencies'];

/** Those whose parts speak of what lies in the value, and give it no name. */
const HOLDS_OTHERS: readonly string[] = ['patternProperties', 'additionalProperties', 'unevaluatedProperties', 'prefixItems', 'items', 'contains', 'unevaluatedItems'];

const partsUnder = (schema: JsonObject, keyword: string): readonly Json[] => {
  const held: Json | undefined = schema[keyword];
  if (Array.isArray(held)) return held as readonly Json[];
  if (!isJsonObject(held)) return [];
  return HOLDS_NAMED.includes(keyword) ? Object.values(held) : [held];
};

/** What a local reference (`#`, `#/$defs/file`) names; `undefined` where that is no schema. */
export const referred = (root: JsonObject, reference: Json): Json | undefined => {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined;
  try {
    const found = atPointer(root, decodeURIComponent(reference.slice(1)));
    return isJsonObject(found) || typeof found === 'boolean' ? found : undefined;
  } catch {
    return undefined;
  }
};

/** The parts of a schema that speak of one value, seen as one: each schema once, also where schemas refer to each other in a circle. */
export type Place = ReadonlySet<JsonObject>;

/** Reads the places of a schema. `unreadable` stands for what a reference names and is not there. */
export class SchemaPlaces {
  constructor(
    private readonly root: JsonObject,
    private readonly unreadable: readonly JsonObject[],
  ) {}

  /** Of the whole value. */
  get top(): Place {
    return this.of([this.root]);
  }

  /** Of the property; what only a pattern or `additional` tells of it counts too. */
  property(place: Place, key: string): Place {
    return this.of(
      [...place].flatMap((schema) => {
        const named: Json | undefined = schema['properties'];
        const patterns: Json | undefined = schema['patternProperties'];
        const own = isJsonObject(named) && Object.hasOwn(named, key) ? [named[key]] : [schema['additionalProperties'], schema['unevaluatedProperties']];
        return [...own, ...(isJsonObject(patterns) ? Object.entries(patterns).flatMap(([pattern, part]) => (matches(pattern, key) ? [part] : [])) : [])];
      }),
    );
  }

  /** Of an item of a list; of any item where `index` is absent. */
  item(place: Place, index?: number): Place {
    return this.of(
      [...place].flatMap((schema) => {
        const first = partsUnder(schema, 'prefixItems');
        const own = index === undefined ? [...first, schema['items']] : [index < first.length ? first[index] : schema['items']];
        return [...own, schema['contains'], schema['unevaluatedItems']];
      }),
    );
  }

  /** Of a part of a pointer: a property, or an item where it is a number; `*` stands for every item. */
  under(place: Place, key: string): Place {
    const items = key === '*' ? this.item(place) : /^\d+$/.test(key) ? this.item(place, Number(key)) : new Set<JsonObject>();
    return new Set([...this.property(place, key), ...items]);
  }

  /** Of everything that lies directly in it, with its name where the schema has one for it. */
  below(place: Place): readonly (readonly [string | undefined, Place])[] {
    return [...place].flatMap((schema) => {
      const named: Json | undefined = schema['properties'];
      const own = isJsonObject(named) ? Object.entries(named).map(([name, part]) => [name, this.of([part])] as const) : [];
      return [...own, ...HOLDS_OTHERS.flatMap((keyword) => partsUnder(schema, keyword)).map((part) => [undefined, this.of([part])] as const)];
    });
  }

  private of(parts: readonly (Json | undefined)[]): Place {
    const place = new Set<JsonObject>();
    const add = (part: Json | undefined): void => {
      if (!isJsonObject(part) || place.has(part)) return;
      place.add(part);
      const reference: Json | undefined = part['$ref'];
      if (reference !== undefined) {
        const named = referred(this.root, reference);
        if (named === undefined) for (const schema of this.unreadable) place.add(schema);
        else add(named);
      }
      for (const keyword of SAME_PLACE) for (const inner of partsUnder(part, keyword)) add(inner);
    };
    for (const part of parts) add(part);
    return place;
  }
}

/** As ajv has it. A pattern that is none matches everything: its schema counts. */
const matches = (pattern: string, key: string): boolean => {
  try {
    return new RegExp(pattern, 'u').test(key);
  } catch {
    return true;
  }
};
