import { readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine, told apart from a later one with the same number by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and start; null where the system does not say. */
  readonly started: string | null;
}

export function identity(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

/**
 * Where this process has its number, as Linux names it: the namespace of processes (pid_namespaces(7)) and the boot of the machine
 * (random(4)); null elsewhere. Of a machine, each container has its own namespace and counts from 1. Outside containers all machines
 * name it alike, and two of them may have one name.
 */
export function numberSpace(): string | null {
  try {
    return `${readlinkSync('/proc/self/ns/pid')} ${boot()}`;
  } catch {
    return null;
  }
}

/** Empty where the system does not say, as sandboxes of processes may not. */
function boot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether the process is still running. */
export function alive({ pid, started }: ProcessIdentity): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === null || startOf(pid) === started;
}

/**
 * Field 22 of /proc/PID/stat (proc_pid_stat(5)); the name in field 2 may hold spaces and brackets. Null: it has ended.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked yet.
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
