import { JSON_KINDS } from './kinds/json.ts';
import { refusesAll } from './refuses-all.ts';

refusesAll('bytes that policy’s key has signed and nobody must read in two ways', JSON_KINDS);
