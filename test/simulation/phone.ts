import type { Gateway } from './gateway.ts';
import type { Kernel } from './kernel.ts';
import type { Random } from './random.ts';

/** A phone gives up on an answer after this, and asks again. */
const answerMsMax = 30_000;

export type PhoneOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  /** A process that answers now, as a load balancer finds it; undefined while none does. */
  readonly pick: () => Gateway | undefined;
  /** A failure that no fault explains. */
  readonly onBug: (error: unknown) => void;
  readonly isInjected: (error: unknown) => boolean;
};

/** How anybody outside reaches whichever process answers. */
export interface Phone {
  /** One request to one process; undefined when no answer came. */
  ask<Value>(act: (gateway: Gateway) => Promise<Value>): Promise<Value | undefined>;
  /** Asks until an answer came, at whichever process. `onDoubt`: one got lost, so it may have been carried out. */
  insist<Value>(act: (gateway: Gateway) => Promise<Value>, onDoubt?: () => void): Promise<Value>;
}

export function makePhone({ kernel, random, pick, onBug, isInjected }: PhoneOptions): Phone {
  async function ask<Value>(act: (gateway: Gateway) => Promise<Value>): Promise<Value | undefined> {
    const gateway = pick();
    if (gateway === undefined) {
      await kernel.sleep(1_000);
      return undefined;
    }
    return new Promise((resolve) => {
      const timer = kernel.at(answerMsMax, () => resolve(undefined));
      const settle = (value: Value | undefined) => {
        timer.cancel();
        kernel.at(1, () => resolve(value));
      };
      act(gateway).then(settle, (error: unknown) => {
        // A 500: the phone knows no more than with silence.
        if (!isInjected(error)) onBug(error);
        settle(undefined);
      });
    });
  }
  return {
    ask,
    async insist(act, onDoubt = () => undefined) {
      for (;;) {
        const answer = await ask((gateway) => act(gateway).then((value) => ({ value })));
        if (answer !== undefined) return answer.value;
        onDoubt();
        await kernel.sleep(random.between(500, 5_000));
      }
    },
  };
}
