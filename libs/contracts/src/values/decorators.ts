import { applyDecorators } from './apply-decorators.js';
import { IsInt, IsObject, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { NAME_PATTERN } from '@countersign/kernel';

/** Payload declarations shared by the event classes; each is one class-validator rule or a fixed pair of them. */

/** A lower-case name: tenant, workflow, step, role. */
export const IsName = (each = false): PropertyDecorator => Matches(new RegExp(NAME_PATTERN), { each });

/** `charges.get`: two or more names joined by dots; lower case, because Cedar's `like` is case-sensitive. */
export const TOOL_PATTERN = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/;
export const IsTool = (): PropertyDecorator => applyDecorators(Matches(TOOL_PATTERN), MaxLength(120));

/** SHA-256, lower-case hex. */
export const IsSha256 = (): PropertyDecorator => Matches(/^[0-9a-f]{64}$/);

/** Text for people; 2,000 characters leave an event far below its limit. */
export const IsText = (max = 2_000): PropertyDecorator => applyDecorators(IsString(), MaxLength(max));

/** RFC 3339 in UTC, as `timestamp` writes it. */
export const IsTimestamp = (): PropertyDecorator => Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);

/** A whole number that JSON carries exactly. */
export const IsCount = (min = 0): PropertyDecorator => applyDecorators(IsInt(), Min(min), Max(Number.MAX_SAFE_INTEGER));

/** Any JSON object; its shape is a tool's or a contract's matter. */
export const IsJson = (): PropertyDecorator => applyDecorators(IsObject(), JSONSchema({ type: 'object', additionalProperties: true }) as PropertyDecorator);
