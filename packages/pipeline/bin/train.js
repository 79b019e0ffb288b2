#!/usr/bin/env node
import { startBuilt } from './start-built.js';

await startBuilt('run/cli.js', 'trainer:train');
