import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * One process per embedded database: two would corrupt it without an error. The lock names the process and, where the system tells,
 * when it started, so that a number given to another process later does not count as the owner. A live owner's lock is never
 * taken, however old it is.
 */
export function lockDirectory(directory: string): { release(): void } {
  mkdirSync(directory, { recursive: true });
  const file = `${resolve(directory)}.lock`;
  const mine = describe(process.pid);
  for (const last of [false, true]) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return { release: () => releaseLock(file, mine) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = readLock(file);
    const pid = Number.parseInt(owner, 10);
    if (last || (Number.isSafeInteger(pid) && isAlive(pid) && describe(pid) === owner)) {
      throw new Error(
        `the embedded database in ${directory} is in use by process ${owner.split(' ')[0] ?? '?'}; stop it first`,
      );
    }
    unlinkSync(file);
  }
  throw new Error('unreachable');
}

function readLock(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function releaseLock(file: string, mine: string): void {
  if (readLock(file) === mine) unlinkSync(file);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** `pid start-ticks`; field 22 of /proc/<pid>/stat, counted after the command's closing parenthesis. */
function describe(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return String(pid);
  }
}
