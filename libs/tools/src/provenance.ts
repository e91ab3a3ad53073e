/** Beside the index and not in it: only what decides reads values, and phone numbers, domains and IBANs take every process 10 MB and 70 ms to know. */
export { factsOf } from './provenance/facts-of.js';
