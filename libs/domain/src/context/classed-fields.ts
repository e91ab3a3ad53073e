import { pointerNames, type JsonObject } from '@countersign/kernel';
import { WORST } from './schema-marks.js';
import { SchemaPlaces, type Place } from './schema-parts.js';

const isNumber = (key: string): boolean => /^\d+$/.test(key);

/** Where a schema marks what is of one of some classes, and by what names: for an answer that has no schema of its own. Pure and total. */
export class ClassedFields {
  private readonly places: SchemaPlaces;
  /** Of what is marked, and of what only has something marked in it. */
  private readonly names = { marked: new Set<string>(), holding: new Set<string>() };

  constructor(
    schema: JsonObject,
    private readonly classes: ReadonlySet<unknown>,
  ) {
    this.places = new SchemaPlaces(schema, WORST);
    this.readNames(this.places.top, new Set());
  }

  /** What the schema calls `name` is called as in the pointer elsewhere, and lies there in what the pointer leads through. */
  rename(name: string, pointer: string): void {
    const { marked, holding } = this.names;
    if (!marked.has(name) && !holding.has(name)) return;
    const keys = pointerNames(pointer).filter((key) => !isNumber(key));
    const other = keys.pop();
    if (other === undefined) return;
    for (const names of [marked, holding]) if (names.has(name)) names.add(other);
    for (const parent of keys) holding.add(parent);
  }

  /** Whether what is there is marked, lies in what is, or has something marked in it. */
  isAt(pointer: string): boolean {
    let place = this.places.top;
    for (const key of pointerNames(pointer)) {
      if (this.isMarked(place)) return true;
      place = this.places.under(place, key);
    }
    return this.isWithin(place);
  }

  /** Whether it is so wherever that may be, by the names of what is marked. */
  isNamed(pointer: string): boolean {
    const keys = pointerNames(pointer).filter((key) => !isNumber(key));
    const last = keys.at(-1);
    return keys.some((key) => this.names.marked.has(key)) || (last !== undefined && this.names.holding.has(last));
  }

  private isMarked(place: Place): boolean {
    return [...place].some(({ 'x-class': name }) => this.classes.has(name));
  }

  private isWithin(place: Place, seen = new Set<JsonObject>()): boolean {
    if (this.isMarked(place)) return true;
    if ([...place].every((schema) => seen.has(schema))) return false;
    for (const schema of place) seen.add(schema);
    return this.places.below(place).some(([, inner]) => this.isWithin(inner, seen));
  }

  private readNames(place: Place, seen: Set<JsonObject>): void {
    if ([...place].every((schema) => seen.has(schema))) return;
    for (const schema of place) seen.add(schema);
    for (const [name, inner] of this.places.below(place)) {
      if (name !== undefined && this.isWithin(inner)) this.names[this.isMarked(inner) ? 'marked' : 'holding'].add(name);
      this.readNames(inner, seen);
    }
  }
}
