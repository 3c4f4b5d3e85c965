import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

/** `npm start` as a stranger sees it: a process that is only ever spoken to over HTTP. */

/** Starting takes two seconds; a machine that runs the whole suite beside it takes its time. */
const startMsMax = 90_000;
const stopMsMax = 10_000;
/** The demo uses ports up to this far above its own. */
const portsTaken = 14;

const demoFile = z.object({
  guestTables: z.array(
    z.object({
      name: z.string(),
      flow: z.enum(['pay-first', 'pay-later']),
      token: z.string(),
      locationId: z.string(),
    }),
  ),
  console: z.object({ email: z.string(), password: z.string() }),
  intake: z.object({ url: z.string(), username: z.string(), password: z.string() }),
  twins: z.object({
    rkeeper: z.object({ controlUrl: z.string() }),
    foodtec: z.object({ controlUrl: z.string() }),
    mollie: z.object({ url: z.string(), controlUrl: z.string() }),
  }),
});

export type Demo = {
  readonly url: string;
  readonly file: z.infer<typeof demoFile>;
  stop(): Promise<void>;
};

export async function startDemo(environment: Readonly<Record<string, string>> = {}): Promise<Demo> {
  const directory = await mkdtemp(join(tmpdir(), 'tableside-demo-'));
  const port = await findPorts();
  const cli = new URL('../src/gateway/cli.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [cli, 'demo'], {
    env: {
      ...process.env,
      ...environment,
      DATABASE_URL: '',
      LOG_LEVEL: 'error',
      PORT: String(port),
      TABLESIDE_DATA: directory,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const hung = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
      await ended;
      clearTimeout(hung);
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const file = await until(startMsMax, async () => {
      if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}`);
      const answer = await fetch(`${url}/demo.json`).catch(() => undefined);
      return answer?.ok === true ? demoFile.parse(await answer.json()) : undefined;
    });
    return { url, file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const pollMs = 50;

/** Asks until there is something; a description of what was waited for is in the stack of the failure. */
export async function until<Value>(msMax: number, ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + msMax;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`nothing within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** A port with as many free ones above it as the demo takes. */
async function findPorts(): Promise<number> {
  for (;;) {
    const first = await listen(0);
    const { port } = first;
    const others = await Promise.allSettled(
      Array.from({ length: portsTaken - 1 }, (_, index) => listen(port + 1 + index)),
    );
    const open = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []));
    await Promise.all([first, ...open].map((server) => server.close()));
    if (open.length === others.length) return port;
  }
}

async function listen(port: number): Promise<{ readonly port: number; close(): Promise<unknown> }> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () => {
      const closed = once(server, 'close');
      server.close();
      return closed;
    },
  };
}
