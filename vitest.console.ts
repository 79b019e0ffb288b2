import failOnConsole from 'vitest-fail-on-console';

// A library of ours prints nothing; what a command prints goes through its terminal.
failOnConsole({ shouldFailOnLog: true, shouldFailOnInfo: true, shouldFailOnDebug: true });
