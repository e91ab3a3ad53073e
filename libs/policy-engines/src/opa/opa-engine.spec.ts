import { engineSuite } from '@countersign/testing';
import { OpaEngine } from './opa-engine.js';

engineSuite('OPA', () => new OpaEngine());
