import { SIGNATURES } from './kinds/signatures.ts';
import { refusesAll } from './refuses-all.ts';

refusesAll('a record in policy’s name, without its key', SIGNATURES);
