import type { Clock } from '#domain/time.ts';
import type { NotifyChannel, Store, Tx } from '#store/store.ts';
import type { Kernel } from './kernel.ts';
import type { Random } from './random.ts';

/** What may go wrong with one commit of one process. */
export type CommitFault = 'commit-lost' | 'ack-lost';

/** Thrown into the transaction that shall not be applied, and to its caller. */
class ConnectionLost extends Error {}

/** The same, and the connection breaks before the commit. */
function breaking<Value>(act: (tx: Tx) => Promise<Value>): (tx: Tx) => Promise<Value> {
  return async (tx) => {
    await act(tx);
    throw new ConnectionLost('the connection broke before the commit');
  };
}

export function isInjected(error: unknown): boolean {
  return error instanceof ConnectionLost;
}

/** Where a process may die: each call of the outside world has one boundary on either side. */
export type Boundary = 'begin' | 'committed' | 'send' | 'sent' | 'answer';

export type ProcessOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  readonly inner: Store;
  readonly name: string;
  readonly onBoundary: (process: SimProcess, boundary: Boundary) => void;
  readonly takeCommitFault: (process: SimProcess) => CommitFault | undefined;
  /** Somebody's transaction was applied. */
  readonly onCommitted: () => void;
  /** Announcements that get lost on their way to this process. */
  readonly losesAnnouncement: () => boolean;
};

/**
 * One process of the gateway: it runs, is stopped for a while, or is dead. What comes back to it from outside waits while it is
 * stopped and never arrives when it is dead; what it asked for happens all the same.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly store: Store;
  /** What the database says when it is asked the time. */
  readonly databaseNowMs: () => number;
  state: 'running' | 'stopped' | 'dead' = 'running';
  /** How far this machine's wall clock is off. Nothing of ours may go by it. */
  wallOffsetMs = 0;
  /** Every transaction takes this much longer. */
  storeDelayMs = 0;
  readonly #options: ProcessOptions;
  #held: (() => void)[] = [];
  #said: (() => void)[] = [];

  constructor(options: ProcessOptions) {
    const { kernel } = options;
    this.#options = options;
    this.name = options.name;
    this.databaseNowMs = () => kernel.nowMs;
    const startMs = kernel.nowMs;
    this.clock = {
      nowMs: () => kernel.nowMs + this.wallOffsetMs,
      monotonicMs: () => kernel.nowMs - startMs,
      after: (delayMs, act) => {
        let cancelled = false;
        const timer = kernel.at(Math.ceil(delayMs), () => this.deliver(() => cancelled || act()));
        return {
          cancel: () => {
            cancelled = true;
            timer.cancel();
          },
        };
      },
    };
    this.store = {
      engine: options.inner.engine,
      asCompany: (companyId, act) => this.#transact(act, (run) => options.inner.asCompany(companyId, run)),
      asEntry: (act) => this.#transact(act, (run) => options.inner.asEntry(run)),
      asWorker: (act) => this.#transact(act, (run) => options.inner.asWorker(run)),
      asOwner: (act) => this.#transact(act, (run) => options.inner.asOwner(run)),
      listen: (channel, heard) => this.#listen(channel, heard),
      close: () => Promise.resolve(),
    };
  }

  /** Something arrives from outside. */
  deliver(act: () => void): void {
    if (this.state === 'running') act();
    else if (this.state === 'stopped') this.#held.push(act);
  }

  /** Whoever waits for what a dead process never gets. */
  async never<Value>(): Promise<Value> {
    return new Promise<Value>(() => undefined);
  }

  boundary(kind: Boundary): void {
    this.#options.onBoundary(this, kind);
  }

  stop(): void {
    if (this.state === 'running') this.state = 'stopped';
  }

  /** What waited arrives now, in an order nobody chose. */
  resume(): void {
    if (this.state !== 'stopped') return;
    this.state = 'running';
    const held = this.#held;
    this.#held = [];
    for (const act of held) this.#options.kernel.at(0, () => this.deliver(act));
  }

  kill(): void {
    this.state = 'dead';
    this.#held = [];
  }

  #transact<Value>(
    act: (tx: Tx) => Promise<Value>,
    run: (act: (tx: Tx) => Promise<Value>) => Promise<Value>,
  ): Promise<Value> {
    const { kernel, random } = this.#options;
    if (this.state === 'dead') return this.never();
    return new Promise((resolve, reject) => {
      this.boundary('begin');
      kernel.at(random.between(0, 2) + this.storeDelayMs, () =>
        this.deliver(() => {
          const fault = this.#options.takeCommitFault(this);
          const acknowledge = (settle: () => void) => {
            this.#options.onCommitted();
            this.boundary('committed');
            if (random.chance(0.5)) this.deliver(settle);
            else kernel.at(1, () => this.deliver(settle));
          };
          const acted = kernel.whileBusy(() => run(fault === 'commit-lost' ? breaking(act) : act));
          void acted.then(
            (value) =>
              acknowledge(() =>
                fault === 'ack-lost'
                  ? reject(new ConnectionLost('the connection broke before the answer'))
                  : resolve(value),
              ),
            (error: unknown) =>
              acknowledge(() => reject(error instanceof Error ? error : new Error(String(error)))),
          );
        }),
      );
    });
  }

  /** What is said while nothing else happens arrives together, in its order, as over one connection. */
  #listen(channel: NotifyChannel, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const { kernel, inner, losesAnnouncement } = this.#options;
    return inner.listen(channel, (payload) => {
      if (this.state === 'dead' || losesAnnouncement()) return;
      if (this.#said.length === 0)
        kernel.at(1, () => {
          const said = this.#said;
          this.#said = [];
          for (const tell of said) this.deliver(tell);
        });
      this.#said.push(() => heard(payload));
    });
  }
}
