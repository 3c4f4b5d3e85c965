import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import { examplePost } from '#intake/test-post.ts';
import type { Span } from './bare-commits.ts';

const readyMsMax = 60_000;
const connections = 32;

export type Target = { readonly url: string; readonly authorization: string };
export type Ask =
  | { readonly kind: 'until-ready' }
  | { readonly kind: 'at-rate'; readonly perSecond: number; readonly seconds: number }
  | { readonly kind: 'many'; readonly posts: number; readonly posters: number };
export type Answer =
  | { readonly kind: 'done'; readonly spans: readonly Span[] }
  | { readonly kind: 'failed'; readonly reason: string };

const { url, authorization } = workerData as Target;
const pool = new Pool(url, { connections });
let posted = 0;

async function send(): Promise<{ readonly status: number; readonly text: string }> {
  posted += 1;
  const answer = await pool.request({
    path: '/ws/store/v1/orders',
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ ...examplePost, externalRef: `bench-${posted}` }),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

async function post(): Promise<void> {
  const { status, text } = await send();
  if (status !== 200) throw new Error(`a post was answered ${status}: ${text}`);
}

async function untilReady(): Promise<void> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await send().catch(() => undefined);
    if (answer?.status === 200) return;
  }
  throw new Error(`no order taken for ${readyMsMax} ms`);
}

async function atRate(perSecond: number, seconds: number): Promise<Span[]> {
  const spans: Span[] = [];
  const running: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueMs = startMs + (index * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    running.push(
      post().then(() =>
        spans.push({ fromMs: performance.timeOrigin + dueMs, ms: performance.now() - dueMs }),
      ),
    );
  }
  await Promise.all(running);
  return spans;
}

async function many(posts: number, posters: number): Promise<void> {
  let left = posts;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await post();
    }
  };
  await Promise.all(Array.from({ length: posters }, work));
}

async function act(ask: Ask): Promise<readonly Span[]> {
  switch (ask.kind) {
    case 'until-ready':
      await untilReady();
      return [];
    case 'at-rate':
      return atRate(ask.perSecond, ask.seconds);
    case 'many':
      await many(ask.posts, ask.posters);
      return [];
  }
}

parentPort?.on('message', (ask: Ask) => {
  act(ask).then(
    (spans) => parentPort?.postMessage({ kind: 'done', spans } satisfies Answer),
    (error: unknown) => parentPort?.postMessage({ kind: 'failed', reason: String(error) } satisfies Answer),
  );
});
