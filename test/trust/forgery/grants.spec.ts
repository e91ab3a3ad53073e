import { GRANTS } from './kinds/grants.ts';
import { refusesAll } from './refuses-all.ts';

refusesAll('a grant that policy’s key has signed and the executor must not act on', GRANTS);
