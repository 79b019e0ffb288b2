#!/usr/bin/env node
import { startBuilt } from './start-built.js';

await startBuilt('train', 'trainer:train');
