import type { Comparison, FactTest, Span, Test, Window } from '../compiled-set.js';
import { isComparison } from '../compiled-set.js';
import { destinationKey } from '../fact-values.js';
import { context, joined, not, setOf, value } from './cedar-expr.js';
import type { Cedar } from './load-cedar.js';

export const isGiven = (name: string): Cedar.Expr => ({ has: { left: context('attributes'), attr: name } });

const pattern = (text: string): Cedar.PatternElem[] =>
  text.split('*').flatMap((literal, index): Cedar.PatternElem[] => [...(index > 0 ? (['Wildcard'] as const) : []), ...(literal === '' ? [] : [{ Literal: literal }])]);

const compared = (comparison: Comparison): Cedar.Expr => {
  const left = context('attributes', comparison.attribute);
  switch (comparison.operator) {
    case '>':
      return { '>': { left, right: value(comparison.value) } };
    case '>=':
      return { '>=': { left, right: value(comparison.value) } };
    case '<':
      return { '<': { left, right: value(comparison.value) } };
    case '<=':
      return { '<=': { left, right: value(comparison.value) } };
    case '==':
      return { '==': { left, right: value(comparison.value) } };
    case '!=':
      return { '!=': { left, right: value(comparison.value) } };
    case 'in':
      return { contains: { left: setOf(comparison.values), right: left } };
    case 'not_in':
      return not({ contains: { left: setOf(comparison.values), right: left } });
    case 'matches':
      return { like: { left, pattern: pattern(comparison.pattern) } };
  }
};

const inSpan = (zone: string, { days, from, until }: Span): Cedar.Expr => {
  const minute = context('clock', zone, 'minute');
  return joined('&&', [
    { contains: { left: setOf(days), right: context('clock', zone, 'weekday') } },
    { '>=': { left: minute, right: value(from) } },
    { '<': { left: minute, right: value(until) } },
  ]);
};

const inAny = (windows: readonly Window[]): Cedar.Expr => joined('||', windows.flatMap(({ zone, spans }) => spans.map((span) => inSpan(zone, span))));

const known = (test: FactTest): Cedar.Expr => {
  switch (test.fact) {
    case 'taint':
    case 'contains':
    case 'origin':
      return { containsAny: { left: context(test.fact), right: setOf(test.any) } };
    case 'stage':
    case 'mode':
      return { contains: { left: setOf(test.any), right: context(test.fact) } };
    case 'destination':
      return context('destination', destinationKey(test));
    case 'outside_window':
      return not(inAny(test.windows));
  }
};

/** One clause for each test: nested in one expression, many of them pass Cedar's recursion limit. */
export const clauses = (when: readonly Test[]): Cedar.Clause[] =>
  when.map((test) => ({ kind: 'when', body: isComparison(test) ? joined('&&', [isGiven(test.attribute), compared(test)]) : known(test) }));
