import failOnConsole from 'vitest-fail-on-console';

// The package's own declarations do not resolve as Node resolves modules.
type FailOnConsole = (options: Record<`shouldFailOn${'Log' | 'Info' | 'Debug'}`, boolean>) => void;

// A library of ours prints nothing; what a command prints goes through its terminal.
(failOnConsole as FailOnConsole)({ shouldFailOnLog: true, shouldFailOnInfo: true, shouldFailOnDebug: true });
