import type { JsonObject } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import { replaceClassed } from './classed.js';

/** Never written down, whatever a contract says. */
const ALWAYS = 'secret';

/** What is not to be written down is not told apart by what it was, only by its class. */
const inPlaceOf = (name: string): string => `[withheld: ${name}]`;

/** The result as it may be written down: a text stands for each value of a class that is to stay out of the log. Pure and total. */
export const withoutWithheld = ({ result: schema, withhold = [] }: Pick<ToolContract, 'result' | 'withhold'>, result: JsonObject): JsonObject =>
  replaceClassed(schema, result, new Set<unknown>([ALWAYS, ...withhold]), (_value, name) => inPlaceOf(name));
