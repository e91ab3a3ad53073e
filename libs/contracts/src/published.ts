import type { EventType } from './catalogue.js';
import { schemaFile, schemaId } from './define-event.js';
import type { Topic } from './flow.js';
import { readJson } from './package-file.js';

/** What a running service knows of one published version; generated from the catalogue, so that no class has to be loaded. */
export interface Published {
  readonly type: string;
  readonly version: number;
  readonly topic: Topic;
  /** Its `dataschema`. */
  readonly id: string;
  /** File of its JSON Schema. */
  readonly file: string;
}

type Entry = Omit<Published, 'id' | 'file'>;
const published = (entry: Entry): Published => ({ ...entry, id: schemaId(entry.type, entry.version), file: schemaFile(entry.type, entry.version) });

const byType = Map.groupBy((readJson('generated/catalogue.json') as readonly Entry[]).map(published), ({ type }) => type);

/** Every published version of every event, in the order of the flow. */
export const PUBLISHED: readonly Published[] = [...byType.values()].flat();

/** Published versions of a type, oldest first; empty where the type is unknown. */
export const versionsOf = (type: string): readonly Published[] => byType.get(type) ?? [];

export const isEventType = (type: string): type is EventType => byType.has(type);

/** The topic that a type is written to; `undefined` for an unknown type, and for claims, which every owner writes to its own. */
export const topicOfType = (type: string): Topic | undefined => byType.get(type)?.[0]?.topic;
