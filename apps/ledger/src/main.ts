import { runRelay } from '@countersign/service';
import { ledgerService } from './ledger.service.js';
import { rebuild } from './rebuild.js';

if (process.argv[2] === 'rebuild') await rebuild(process.env);
else await runRelay(ledgerService({ http: true }));
