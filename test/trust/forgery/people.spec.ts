import { BALLOTS } from './kinds/ballots.ts';
import { CONTROLS } from './kinds/controls.ts';
import { refusesAll } from './refuses-all.ts';

refusesAll('a control or a ballot that people did not sign as it stands', [...BALLOTS, ...CONTROLS]);
