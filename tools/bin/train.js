#!/usr/bin/env node
import { startBuilt } from './start-built.js';

await startBuilt('pipeline/cli.js', 'trainer:train');
