#!/usr/bin/env node
/** `run.js NAME ...`: starts the built command of that name. */
import { startBuilt } from './start-built.js';

const [name] = process.argv.splice(2, 1);
await startBuilt(name, `trainer:${name}`);
