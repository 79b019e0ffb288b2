import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why no cluster can be made here; null where one can. */
export const NO_SLURM = reasonAgainst();

function reasonAgainst(): string | null {
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch'].filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} not installed (Debian: slurm-wlm, munge)`;
  return process.getuid?.() === 0 ? null : 'the daemons of a cluster need root';
}

/** A Slurm cluster of this machine alone. */
export interface Cluster {
  /** Runs one of Slurm's commands. @returns what it prints, trimmed. @throws Error with what it says. */
  command(name: string, ...args: readonly string[]): string;
  /** Ends the daemons, and waits until they have ended. */
  stop(): Promise<void>;
}

/** Starts munged, slurmctld and slurmd, which listen on the loopback address alone and keep their files in `folder`. */
export async function startCluster(folder: string): Promise<Cluster> {
  for (const name of ['run', 'state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
  const config = join(folder, 'slurm.conf');
  writeFileSync(config, slurmConfig(folder, await freePort(), await freePort()));
  const env = { ...process.env, SLURM_CONF: config };
  const daemons: ChildProcess[] = [];
  const start = (name: string, ...args: readonly string[]): void => {
    daemons.push(spawn(name, args, { env, stdio: 'ignore' }));
  };
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, 'exit');
      daemon.kill();
      await ended;
    }
  };
  const command = (name: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(name, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  try {
    startMunge(folder, start);
    await until('munged', folder, () => existsSync(socketOf(folder)));
    start('slurmctld', '-D');
    start('slurmd', '-D');
    await until(
      'a node',
      folder,
      () => spawnSync('sinfo', ['-h', '-o', '%T'], { env, encoding: 'utf8' }).stdout.trim() === 'idle',
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { command, stop };
}

function startMunge(folder: string, start: (name: string, ...args: readonly string[]) => void): void {
  const secret = join(folder, 'munge');
  mkdirSync(secret, { mode: 0o700 });
  writeFileSync(join(secret, 'key'), randomBytes(128), { mode: 0o400 });
  const files = {
    'key-file': 'munge/key',
    'pid-file': 'run/munged.pid',
    'log-file': 'munge/log',
    'seed-file': 'munge/seed',
  };
  const args = Object.entries(files).flatMap(([name, path]) => [`--${name}`, join(folder, path)]);
  start('munged', '--foreground', '--force', '--socket', socketOf(folder), ...args);
}

function socketOf(folder: string): string {
  return join(folder, 'run/munge.socket');
}

function slurmConfig(folder: string, controllerPort: number, nodePort: number): string {
  const host = hostname().split('.')[0];
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=${socketOf(folder)}
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/run/slurmctld.pid
SlurmdPidFile=${folder}/run/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=${host} Default=YES State=UP
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}

/** Daemons are up within seconds, or never. */
const PATIENCE = 60_000;

async function until(what: string, folder: string, ready: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!ready()) {
    if (Date.now() > end) {
      const logs = ['munge/log', 'slurmctld.log', 'slurmd.log'].map((name) => join(folder, name)).filter(existsSync);
      throw new Error(`${what} did not come up.\n${logs.map((log) => readFileSync(log, 'utf8')).join('\n')}`);
    }
    await sleep(100);
  }
}
