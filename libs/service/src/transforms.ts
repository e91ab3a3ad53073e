import type { TransformFnParams } from 'class-transformer';

/** A variable's text as what the class says it is. What is no such thing stays as it is, and is refused by the checks. */

/** `a, b` -> `['a', 'b']` */
export const list = ({ value }: TransformFnParams): unknown => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value);

export const number = ({ value }: TransformFnParams): unknown => (typeof value === 'string' ? Number(value) : value);

/** `true` and `false`, and no other spelling. */
export const flag = ({ value }: TransformFnParams): unknown => (value === 'true' ? true : value === 'false' ? false : value);
