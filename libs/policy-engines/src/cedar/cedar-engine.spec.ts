import { engineSuite } from '@countersign/testing';
import { CedarEngine } from './cedar-engine.js';

engineSuite('Cedar', () => new CedarEngine());
