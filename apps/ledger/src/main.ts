import { runRelay } from '@countersign/service';
import { ledgerService } from './ledger.service.js';
import { rebuild } from './rebuild/rebuild.js';

if (process.argv[2] === 'rebuild') await rebuild(process.env, process.argv[3]);
else await runRelay(ledgerService({ http: true }));
