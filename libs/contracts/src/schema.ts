import { createRequire } from 'node:module';
import type { Ajv2020 as Ajv, ValidateFunction } from 'ajv/dist/2020.js';
import { CountersignError, pointerPart } from '@countersign/kernel';
import { readJson } from './package-file.js';

const load = createRequire(import.meta.url);

/** ajv takes 40 ms to load: nobody pays for it before the first event. All faults are collected; an event is small. */
let ajv: Ajv | undefined;
const compiler = (): Ajv => {
  if (!ajv) {
    const { Ajv2020 } = load('ajv/dist/2020.js') as { Ajv2020: typeof Ajv };
    ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, messages: true });
  }
  return ajv;
};

const compiled = new Map<string, ValidateFunction>();
const validatorOf = (file: string): ValidateFunction => {
  let validate = compiled.get(file);
  if (!validate) {
    validate = compiler().compile(readJson(file) as object);
    compiled.set(file, validate);
  }
  return validate;
};

/** More faults tell nobody more, and fill logs. */
const MAX_FAULTS = 5;
const MAX_KEY_LENGTH = 80;

const pointerOf = (base: string, key: unknown): string => `${base}/${pointerPart(String(key).slice(0, MAX_KEY_LENGTH))}`;

const faultsOf = (validate: ValidateFunction): string =>
  (validate.errors ?? [])
    .slice(0, MAX_FAULTS)
    .map(({ instancePath, keyword, message, params }) => {
      if (keyword === 'additionalProperties') return `\`${pointerOf(instancePath, params['additionalProperty'])}\` is not known`;
      if (keyword === 'required') return `\`${pointerOf(instancePath, params['missingProperty'])}\` is missing`;
      return `\`${instancePath}\` ${message ?? 'is not as it must be'}`;
    })
    .join(', ');

/** Checks a whole event against a generated schema; throws `EVENT_INVALID`, which names places and never values. */
export const checkSchema = (file: string, type: string, event: unknown): void => {
  const validate = validatorOf(file);
  if (!validate(event)) throw new CountersignError('EVENT_INVALID', `\`${type}\` breaks its schema: ${faultsOf(validate)}`);
};
