// STEWARD_TEST_PROPERTY_SEED gives all properties their seed, so that two runs over one commit try the same; without it each run tries others.
import { configureGlobal } from 'fast-check';

const seed = process.env['STEWARD_TEST_PROPERTY_SEED'];
if (seed !== undefined) configureGlobal({ seed: Number(seed) });
