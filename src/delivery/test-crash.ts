import type { Store } from '#store/store.ts';
import { drainPromises } from '#test/fake-clock.ts';
import type { FakeClock } from '#test/fake-clock.ts';

/** Counts transactions under way. Announcements are left out: what a test enqueues wakes the workers itself. */
export function watch(store: Store, traffic: { inFlight: number }): Store {
  async function counted<Value>(act: () => Promise<Value>): Promise<Value> {
    traffic.inFlight += 1;
    try {
      return await act();
    } finally {
      traffic.inFlight -= 1;
    }
  }
  return {
    ...store,
    asCompany: (companyId, act) => counted(() => store.asCompany(companyId, act)),
    asWorker: (act) => counted(() => store.asWorker(act)),
    listen: () => Promise.resolve(() => Promise.resolve()),
  };
}

/** Until no transaction was under way for a few turns of the event loop. */
export async function settle(traffic: { inFlight: number }): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    await drainPromises(3);
    quiet = traffic.inFlight === 0 ? quiet + 1 : 0;
  }
}

export type Life = { dead: boolean };

/** What a dead process asked for never comes back to it, and what it asks for from now on is not asked. */
export function mortal(store: Store, life: Life): Store {
  async function whileAlive<Value>(act: () => Promise<Value>): Promise<Value> {
    if (life.dead) await new Promise(() => undefined);
    const value = await act();
    if (life.dead) await new Promise(() => undefined);
    return value;
  }
  return {
    ...store,
    asCompany: (companyId, act) => whileAlive(() => store.asCompany(companyId, act)),
    asWorker: (act) => whileAlive(() => store.asWorker(act)),
  };
}

export function mortalClock(clock: FakeClock, life: Life): FakeClock {
  return {
    ...clock,
    after: (delayMs, act) =>
      clock.after(delayMs, () => {
        if (!life.dead) act();
      }),
  };
}
