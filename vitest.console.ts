import failOnConsole from 'vitest-fail-on-console';

// Nx sets it for its tasks: a command that a test starts would colour what the test reads, and warn where NO_COLOR is set too.
delete process.env['FORCE_COLOR'];

// The package's own declarations do not resolve as Node resolves modules.
type FailOnConsole = (options: Record<`shouldFailOn${'Log' | 'Info' | 'Debug'}`, boolean>) => void;

// A library of ours prints nothing; what a command prints goes through its terminal.
(failOnConsole as FailOnConsole)({ shouldFailOnLog: true, shouldFailOnInfo: true, shouldFailOnDebug: true });
