import { parseAst } from 'rolldown/parseAst';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { COMPUTED, CRYPTO_IN_KERNEL, DYNAMIC_IMPORTERS, LOADERS, ONLY_IN, RULES, SHARED_LOADERS } from './boundaries.js';
import { importsOf, type Import } from './imports.js';
import { impurities } from './purity.js';
import type { Node } from './tree.js';

export interface Violation {
  readonly file: string;
  readonly message: string;
}

const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
const builtin = new Set(builtinModules);

/** Specs, and what only specs use. */
export const SPEC = /\.(spec|spec-support|fixture)\.ts$|\/spec-support\//;

const parse = (text: string): Node => parseAst(text, { lang: 'ts' }) as unknown as Node;

/** Npm packages and packages of the project that a file names, however it does, types included; not those of `home` itself. */
export const packagesIn = (home: string, text: string): readonly string[] =>
  importsOf(parse(text), SHARED_LOADERS)
    .flatMap(({ specifier }) => specifier ?? [])
    .filter((specifier) => !/^[./#]|^(node|file|data):/.test(specifier) && !builtin.has(specifier))
    .map(packageOf)
    .filter((name) => name !== `@countersign/${home.split('/')[1]}`);

const checkPath = (home: string, file: string, specifier: string, isSpec: boolean): string | undefined => {
  if (specifier.split('/').includes('node_modules')) return `\`${specifier}\` goes around the name of a package`;
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (!target.startsWith(`${home}/src/`)) return `\`${specifier}\` leaves the package`;
  return !isSpec && SPEC.test(target.replace(/\.js$/, '.ts')) ? `\`${specifier}\` is for specs only` : undefined;
};

const checkLoader = (file: string, specifier: string | undefined): string | undefined => {
  const allowed = LOADERS[file] ?? [];
  if (specifier === undefined) return allowed.includes(COMPUTED) ? undefined : `\`${file}\` may not load what only a run can name`;
  return specifier.startsWith('.') || allowed.includes(packageOf(specifier)) ? undefined : `\`${file}\` may not load \`${specifier}\` by \`createRequire\``;
};

const checkImport = (home: string, file: string, { specifier, typeOnly, by }: Import, isSpec: boolean): string | undefined => {
  const rule = RULES[home];
  if (!rule) return `\`${home}\` has no rule in boundaries.ts`;
  const loader = by === 'require' && !isSpec ? checkLoader(file, specifier) : undefined;
  if (loader !== undefined) return loader;
  if (specifier === undefined) return by === 'require' || isSpec || DYNAMIC_IMPORTERS.has(file) ? undefined : `\`${file}\` may not import what only a run can name`;
  if (specifier.startsWith('.')) return checkPath(home, file, specifier, isSpec);
  if (/^([/#]|(file|data):)/.test(specifier)) return `\`${specifier}\` goes around the name of a package`;
  if (specifier.startsWith('node:') || builtin.has(specifier)) {
    if (isSpec) return undefined;
    if (specifier === 'node:module' && !(file in LOADERS)) return `\`${file}\` may not import \`node:module\`: it is not among the loaders of boundaries.ts`;
    if (!specifier.startsWith('node:')) return `write \`node:${specifier}\``;
    if (specifier === 'node:crypto' && home === 'libs/kernel' && file !== CRYPTO_IN_KERNEL) return `only \`${CRYPTO_IN_KERNEL}\` may import \`node:crypto\` in the kernel`;
    return rule.node && !rule.node.includes(specifier) ? `\`${home}\` may not import \`${specifier}\`` : undefined;
  }
  if (specifier.startsWith('@countersign/')) {
    if (isSpec) return undefined;
    // `bus/client` is of `bus`.
    const name = specifier.split('/')[1] ?? '';
    if (!rule.own.includes(name)) return `\`${home}\` may not import \`${specifier}\``;
    return rule.typesOnly?.includes(name) && !typeOnly ? `\`${home}\` may import \`${specifier}\` as types only` : undefined;
  }
  const npm = packageOf(specifier);
  const only = ONLY_IN[npm];
  if (only && !only.includes(home)) return `only ${only.map((each) => `\`${each}\``).join(', ')} may import \`${npm}\``;
  if (isSpec) return undefined;
  return rule.npm && !rule.npm.includes(npm) ? `\`${home}\` may not import \`${npm}\`` : undefined;
};

/** Checks one file, given its path below the project's root; specs may import anything of the project and any test tool. */
export const checkFile = (file: string, text: string): Violation[] => {
  const home = file.split('/').slice(0, 2).join('/');
  const isSpec = SPEC.test(file) || home === 'libs/testing';
  const tree = parse(text);
  const messages = importsOf(tree, SHARED_LOADERS).map((each) => checkImport(home, file, each, isSpec));
  const impure = RULES[home]?.pure && !isSpec ? impurities(tree).map((name) => `\`${home}\` is pure and may not use \`${name}\``) : [];
  return [...messages, ...impure].flatMap((message) => (message === undefined ? [] : [{ file, message }]));
};
