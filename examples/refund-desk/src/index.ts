export { paymentsConfig } from './payments.config.js';
export type { PaymentsConfig } from './payments.config.js';
export { SEED_CHARGES, SEED_CUSTOMERS, seed } from './seed.js';
export { startPayments } from './service.js';
export type { FaultLog, PaymentsService } from './service.js';
