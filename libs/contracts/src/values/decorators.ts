import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsObject, Matches, Max, Min, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { NAME_PATTERN } from '@countersign/kernel';
import { applyDecorators } from './apply-decorators.js';
import { CODE_PATTERN, KEY_PATTERN, PRINCIPAL_PATTERN, RUN_PATTERN, SHA256_PATTERN, TIMESTAMP_PATTERN, TOOL_PATTERN } from './patterns.js';

/** Payload declarations shared by the event classes; each is a fixed set of class-validator rules that means the same in JSON Schema. */

/** Name of the rule below, which the schema generator knows. */
export const MAX_CODE_POINTS = 'maxCodePoints';

const codePoints = (text: string): number => {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      count -= 1;
      at += 1;
    }
  }
  return count;
};

/**
 * Text of at most `max` code points, as JSON Schema counts them: class-validator's `MaxLength` does not count
 * variation selectors. 2,000 leave an event far below its limit.
 */
export const IsText = (max = 2_000, each = false): PropertyDecorator =>
  ValidateBy(
    { name: MAX_CODE_POINTS, constraints: [max], validator: { validate: (value: unknown) => typeof value === 'string' && codePoints(value) <= max } },
    { each, message: `$property must be text of at most ${max} characters` },
  );

/** Name of the rule below, which the schema generator knows. */
export const SCALAR = 'scalar';

/** A text of at most `max` code points, a number or a boolean. */
export const IsScalar = (max: number): PropertyDecorator =>
  ValidateBy(
    {
      name: SCALAR,
      constraints: [max],
      validator: { validate: (value: unknown) => (typeof value === 'string' ? codePoints(value) <= max : typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) },
    },
    { message: `$property must be text of at most ${max} characters, a number or a boolean` },
  );

/** Texts of at most `max` code points each. */
export const IsTexts = (max: number): PropertyDecorator => applyDecorators(IsText(max, true), IsArray());

/** A lower-case name: tenant, workflow, step, role. */
export const IsName = (): PropertyDecorator => Matches(new RegExp(NAME_PATTERN));
export const IsNames = (): PropertyDecorator => applyDecorators(Matches(new RegExp(NAME_PATTERN), { each: true }), IsArray());

export const IsTool = (): PropertyDecorator => applyDecorators(Matches(TOOL_PATTERN), IsText(120));

/** SHA-256, lower-case hex. */
export const IsSha256 = (): PropertyDecorator => Matches(SHA256_PATTERN);

export const IsKeyId = (): PropertyDecorator => Matches(KEY_PATTERN);
export const IsRunId = (): PropertyDecorator => Matches(RUN_PATTERN);
export const IsCode = (): PropertyDecorator => Matches(CODE_PATTERN);

/** Who: `spiffe://...`. */
export const IsPrincipal = (): PropertyDecorator => applyDecorators(Matches(PRINCIPAL_PATTERN), IsText(300));

export const IsPrincipals = (): PropertyDecorator => applyDecorators(Matches(PRINCIPAL_PATTERN, { each: true }), IsText(300, true), IsArray());

/** RFC 3339 in UTC, as `timestamp` writes it. */
export const IsTimestamp = (): PropertyDecorator => Matches(TIMESTAMP_PATTERN);

/** A whole number that JSON carries exactly. `IsInt` comes last, because the schema takes its type from the last rule. */
export const IsCount = (min = 0): PropertyDecorator => applyDecorators(Min(min), Max(Number.MAX_SAFE_INTEGER), IsInt());

/** An offset in a partition; -1 where there is none yet. */
export const IsOffset = (): PropertyDecorator => IsCount(-1);

export const IsFlag = (): PropertyDecorator => IsBoolean();

/** Any JSON object; its shape is a tool's or a contract's matter. */
export const IsJson = (): PropertyDecorator => applyDecorators(IsObject(), JSONSchema({ type: 'object', additionalProperties: true }) as PropertyDecorator);

/** One part. `ValidateNested` alone lets a missing one and an array of parts pass. */
export const IsPart = (part: () => new () => object): PropertyDecorator => applyDecorators(IsObject(), ValidateNested(), Type(part));

/** A list of parts. `ValidateNested` alone lets lists in lists pass. */
export const IsParts = (part: () => new () => object): PropertyDecorator =>
  applyDecorators(IsObject({ each: true }), IsArray(), ValidateNested({ each: true }), Type(part));

/** The field may be absent. It may not be `null`, which class-validator's `IsOptional` lets pass. */
export const Optional = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);
