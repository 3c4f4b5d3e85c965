import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, globSync, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { productPriority } from './children.ts';

/** Connections all processes of a run may hold together; few enough that a hog takes the rest at once. */
export const connectionsMax = 80;
/** Of the file system the tables are on. */
const diskMegabytes = 1_024;
const startMsMax = 30_000;

/** The database of a run. What a cluster of its own can be put through and a shared server cannot is undefined there. */
export type Cluster = {
  readonly port: number;
  /** Of the run's database, past every proxy. */
  readonly url: string;
  readonly restart: (() => Promise<void>) | undefined;
  /** Fills the disk the tables are on; `empty` makes room again. */
  readonly disk: { fill(): void; empty(): void } | undefined;
  /** What this machine does not allow, with the reason. */
  readonly skipped: readonly string[];
  stop(): Promise<void>;
};

/** A PostgreSQL of the run's own where one can be made, else a database on the server that is there. */
export async function openCluster(directory: string, name: string): Promise<Cluster> {
  const [binaries] = globSync('/usr/lib/postgresql/*/bin/initdb').toSorted().toReversed();
  return binaries === undefined
    ? openShared(name)
    : openPrivate({ binaries: join(binaries, '..'), directory: join(directory, 'database'), name });
}

async function openShared(name: string): Promise<Cluster> {
  const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  await query(admin, `create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    port: Number(url.port || 5432),
    url: url.href,
    restart: undefined,
    disk: undefined,
    skipped: ['database restart, full disk: no initdb here, the server is shared'],
    stop: () => query(admin, `drop database ${name} with (force)`),
  };
}

type Place = { readonly binaries: string; readonly directory: string; readonly name: string };

async function openPrivate(place: Place): Promise<Cluster> {
  const { binaries, directory, name } = place;
  const user = unprivilegedUser();
  mkdirSync(directory);
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], {
    ...user,
    stdio: 'ignore',
  });
  const port = await freePort();
  let server = await startServer({ binaries, data, port, user });
  const admin = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const mounted = mountDisk(join(directory, 'disk'), user);
  if (mounted.disk !== undefined) await query(admin, `create tablespace small location '${mounted.path}'`);
  await query(admin, `create database ${name}${mounted.disk === undefined ? '' : ' tablespace small'}`);
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/${name}`,
    async restart() {
      await endServer(server, 'SIGQUIT');
      server = await startServer({ binaries, data, port, user });
    },
    disk: mounted.disk,
    skipped: mounted.skipped,
    async stop() {
      await endServer(server, 'SIGINT');
      if (mounted.disk !== undefined) execFileSync('umount', [mounted.path]);
    },
  };
}

type User = { readonly uid: number; readonly gid: number };

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

type Start = {
  readonly binaries: string;
  readonly data: string;
  readonly port: number;
  readonly user: User | undefined;
};

async function startServer({ binaries, data, port, user }: Start): Promise<ChildProcess> {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: connectionsMax,
    log_min_messages: 'fatal',
    shared_buffers: '64MB',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const launch = () => {
    const child = spawn(join(binaries, 'postgres'), ['-D', data, ...options], { ...user, stdio: 'ignore' });
    if (child.pid !== undefined) setPriority(child.pid, productPriority);
    return child;
  };
  let server = launch();
  for (const untilMs = Date.now() + startMsMax; Date.now() < untilMs; await sleep(100)) {
    // The last server's processes may still hold its memory for a moment.
    if (server.exitCode !== null) server = launch();
    if (await answers(`postgres://postgres@127.0.0.1:${port}/postgres`)) return server;
  }
  throw new Error(`the database server did not answer within ${startMsMax} ms`);
}

async function answers(url: string): Promise<boolean> {
  try {
    await query(url, 'select 1');
    return true;
  } catch {
    return false;
  }
}

async function endServer(server: ChildProcess, signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

type Mounted = { readonly path: string; readonly disk: Cluster['disk']; readonly skipped: readonly string[] };

/** A small file system for the tables. It is full when it is no larger than what is on it, so filling it costs no memory. */
function mountDisk(path: string, user: User | undefined): Mounted {
  mkdirSync(path);
  const resize = (options: string) => execFileSync('mount', ['-o', `remount,${options}`, path]);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch {
    return { path, disk: undefined, skipped: ['full disk: mounting a small file system needs root'] };
  }
  chmodSync(path, 0o700);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  return {
    path,
    disk: {
      fill() {
        const { blocks, bfree, bsize } = statfsSync(path);
        resize(`size=${(blocks - bfree) * bsize}`);
      },
      empty: () => void resize(`size=${diskMegabytes}m`),
    },
    skipped: [],
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Takes connections until the server has no more, and gives them back when told. */
export async function hogConnections(url: string): Promise<() => Promise<void>> {
  const held: pg.Client[] = [];
  for (let taken = 0; taken < connectionsMax; taken += 1) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch {
      break;
    }
    held.push(client);
  }
  return async () => {
    await Promise.allSettled(held.map((client) => client.end()));
  };
}
