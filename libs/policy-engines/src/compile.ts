/** What every reader of controls needs: whether files are a policy set. No engine is loaded for it. */
export { policySetFaults } from './compile/read-policy-set.js';
