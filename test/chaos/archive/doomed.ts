import { FileStore } from '@countersign/archive';
import { KafkaBroker, type TopicPartition } from '@countersign/bus';
import { DEATH_VARIABLE, decodeDeath, stepOf, type Step } from './deaths.ts';

/** Loaded before the ledger's own `main.js` (`node --import`): the ledger is the built one, and ends itself by SIGKILL where it was told to. */
const death = decodeDeath(process.env[DEATH_VARIABLE]);
let left = death.nth;

const die = (): void => void process.kill(process.pid, 'SIGKILL');

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** `stepOfCall`: what a call is, by its first argument. */
const doom = (type: { readonly prototype: object }, name: string, stepOfCall: (first: unknown) => Step | undefined): void => {
  const act = Reflect.get(type.prototype, name) as Method;
  const doomed: Method = async function (...args) {
    const isLast = stepOfCall(args[0]) === death.step && (left -= 1) === 0;
    if (isLast && death.moment === 'before') die();
    const done = act.apply(this, args);
    if (isLast && death.moment === 'amid') setImmediate(die);
    const result = await done;
    if (isLast) die();
    return result;
  };
  Reflect.set(type.prototype, name, doomed);
};

doom(FileStore, 'create', (path) => stepOf(String(path)));
doom(FileStore, 'replace', (path) => stepOf(String(path)));
doom(KafkaBroker, 'append', (target) => ((target as TopicPartition).topic.endsWith('.anchor') ? 'anchor' : undefined));
