import fc from 'fast-check';

/** Every run draws the same cases; set FC_SEED to search among others. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 2012) });
