import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** A profile as V8 writes it: which node was on top of the stack at each sample, and the microseconds since the one before. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const IDLE = new Set(['(idle)', '(root)']);
const SHOWN = 25;

/** `node_modules/kafkajs/src/network/socket.js` -> `kafkajs/src/network/socket.js`; packages of the project by their folder. */
const shortUrl = (url: string): string => url.replace(/^file:\/\//, '').replace(/^.*\/node_modules\//, '').replace(/^.*\/((?:libs|apps|test)\/)/, '$1');

/** Microseconds on top of the stack by function, most first; idle time is left out. */
export const selfTimes = ({ nodes, samples, timeDeltas }: CpuProfile): readonly { readonly name: string; readonly micros: number }[] => {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, IDLE.has(functionName) ? '' : `${functionName || '(anonymous)'} ${shortUrl(url)}${url === '' ? '' : `:${lineNumber + 1}`}`.trim()]));
  const micros = new Map<string, number>();
  for (const [at, sample] of samples.entries()) {
    const name = names.get(sample) ?? '';
    if (name !== '') micros.set(name, (micros.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return [...micros].map(([name, spent]) => ({ name, micros: spent })).sort((one, other) => other.micros - one.micros);
};

/** What a process spent its time on. */
export const hottest = (path: string): string => {
  const times = selfTimes(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile);
  const total = times.reduce((sum, { micros }) => sum + micros, 0);
  const lines = times.slice(0, SHOWN).map(({ name, micros }) => `  ${((micros / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [`${basename(path, '.cpuprofile')}: ${(total / 1e6).toFixed(1)} s at work`, ...lines].join('\n');
};
