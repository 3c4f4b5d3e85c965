import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Span } from './bare-commits.ts';
import type { Answer, Ask, Target } from './poster-thread.ts';

/** A client of the Order Acceptance API, in a thread of its own: the memory it cleans up is only its own. */
export type Poster = {
  untilReady(): Promise<void>;
  /** From each post's due instant to its answer, whatever the others do. */
  atRate(perSecond: number, seconds: number): Promise<readonly Span[]>;
  /** So many posts by so many posters, each one after the other. */
  many(posts: number, posters: number): Promise<void>;
  close(): Promise<void>;
};

export function startPoster(target: Target): Poster {
  const thread = new Worker(new URL('poster-thread.ts', import.meta.url), { workerData: target });
  const ask = async (asked: Ask): Promise<readonly Span[]> => {
    const answered = once(thread, 'message') as Promise<[Answer]>;
    thread.postMessage(asked);
    const [answer] = await answered;
    if (answer.kind === 'failed') throw new Error(answer.reason);
    return answer.spans;
  };
  return {
    async untilReady() {
      await ask({ kind: 'until-ready' });
    },
    atRate: (perSecond, seconds) => ask({ kind: 'at-rate', perSecond, seconds }),
    async many(posts, posters) {
      await ask({ kind: 'many', posts, posters });
    },
    async close() {
      await thread.terminate();
    },
  };
}
