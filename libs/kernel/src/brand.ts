declare const brand: unique symbol;

/** A string or number whose meaning is part of its type: a `RunId` is not a `StepId`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
