import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';

const cli = new URL('../../src/gateway/cli.ts', import.meta.url).pathname;
const clock = new URL('./clock.ts', import.meta.url).href;
/** A process that ended by itself is started again after this long. */
const restartMs = 500;
/**
 * The product gives way to the world around it: guests, tills, the POS and the network are other machines in a restaurant, and what
 * they see is measured here. On a busy machine every byte of theirs would wait for the processes it wakes.
 */
export const productPriority = constants.priority.PRIORITY_BELOW_NORMAL;

export type ChildOptions = {
  readonly name: string;
  readonly role: 'serve' | 'work';
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** One of the run's real processes, started again whenever it ends. */
export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  readonly #clockFile: string;
  #process: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #killed = false;
  #ended = false;
  kills = 0;
  /** Times it ended by itself after it had run: never right. */
  crashes = 0;
  ready = false;
  /** The name its leases carry, as seen on its way to the database. */
  owner: string | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.name = options.name;
    this.#clockFile = join(options.directory, `${options.name}.clock`);
    this.setClockOffset(0);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get stopped(): boolean {
    return this.#wake !== undefined;
  }

  start(): void {
    if (this.#ended) return;
    const { role, environment } = this.#options;
    this.#killed = false;
    this.ready = false;
    this.owner = undefined;
    const child = spawn(process.execPath, ['--import', clock, cli, role], {
      cwd: this.#options.directory,
      env: { ...process.env, ...environment, TORTURE_CLOCK_FILE: this.#clockFile },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    if (child.pid !== undefined) setPriority(child.pid, productPriority);
    const log = createWriteStream(join(this.#options.directory, `${this.name}.log`), { flags: 'a' });
    child.stderr?.on('data', (bytes: Buffer) => {
      log.write(bytes);
      if (bytes.includes('"running"')) this.ready = true;
    });
    child.once('exit', () => {
      log.end();
      this.#exited(child);
    });
  }

  #exited(child: ChildProcess): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    clearTimeout(this.#wake);
    this.#wake = undefined;
    if (!this.#killed && this.ready) this.crashes += 1;
    this.ready = false;
    // Killed: its supervisor starts it again at once. Else it may have found no database.
    this.#restart = setTimeout(() => this.start(), this.#killed ? 0 : restartMs);
  }

  /** `kill -9`. False when there was nothing to kill. */
  kill(): boolean {
    if (this.#process === undefined || this.#killed) return false;
    this.#killed = true;
    this.kills += 1;
    return this.#process.kill('SIGKILL');
  }

  /** Frozen for a while, like a machine that swaps or a paused virtual machine. */
  pause(ms: number): void {
    if (this.#process === undefined || this.stopped) return;
    this.#process.kill('SIGSTOP');
    this.#wake = setTimeout(() => this.resume(), ms);
  }

  resume(): void {
    clearTimeout(this.#wake);
    this.#wake = undefined;
    this.#process?.kill('SIGCONT');
  }

  /** Moves its wall clock. Monotonic time goes on. */
  setClockOffset(ms: number): void {
    writeFileSync(this.#clockFile, String(ms));
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#restart);
    const child = this.#process;
    if (child === undefined) return;
    this.resume();
    this.#killed = true;
    const exited = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(force);
  }
}

/** Which of these processes holds the loopback connection from `callerPort` to `port`; Linux tells. */
export function findOwner(children: readonly Child[], callerPort: number, port: number): Child | undefined {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      (cells) => cells[1]?.endsWith(`:${hex(callerPort)}`) === true && cells[2]?.endsWith(`:${hex(port)}`),
    );
  const inode = row?.[9];
  if (inode === undefined || inode === '0') return undefined;
  return children.find((child) => child.pid !== undefined && holdsSocket(child.pid, inode));
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`;
      } catch {
        return false;
      }
    });
  } catch {
    // It ended while we looked.
    return false;
  }
}
