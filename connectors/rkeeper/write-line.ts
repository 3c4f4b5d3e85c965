/** What a write may use while it has the line. */
export type Turn = {
  /** Keeps the line closed until `work` has ended, although the write's outcome is already known. */
  holdFor(work: Promise<unknown>): void;
};

/**
 * The one line that all writes of a location stand in: lock, read, save and release of one order are a sequence that no other
 * write may come between.
 */
export type WriteLine = {
  /** Runs `act` when everything before it has ended; undefined when `signal` ended first. */
  inTurn<Value>(signal: AbortSignal, act: (turn: Turn) => Promise<Value>): Promise<Value | undefined>;
};

export function makeWriteLine(): WriteLine {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async inTurn(signal, act) {
      const before = last;
      const mine = Promise.withResolvers<void>();
      last = mine.promise;
      if (!(await endedBefore(before, signal))) {
        void before.then(() => mine.resolve());
        return undefined;
      }
      const held: Promise<unknown>[] = [];
      try {
        return await act({ holdFor: (work) => void held.push(work) });
      } finally {
        void Promise.allSettled(held).then(() => mine.resolve());
      }
    },
  };
}

function endedBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(false);
    if (signal.aborted) {
      resolve(false);
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve(!signal.aborted);
    });
  });
}
