import { TOKENS } from './kinds/tokens.ts';
import { refusesAll } from './refuses-all.ts';

refusesAll('a token within a grant that the executor must not show to anybody', TOKENS);
