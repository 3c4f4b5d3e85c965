import type { Answer } from './api.ts';
import type { OrderView } from './wire.ts';

type RoundView = OrderView['rounds'][number];

/** More than a guest orders at one sitting; older ones are forgotten first. */
const roundsMax = 20;

/**
 * The rounds this phone submitted, kept across reloads. A waiter may move orders at the till, so that a round is on another order
 * than the one its table shows: its guest still sees what becomes of it.
 */
export function makeMyRounds(token: string, storage: Storage) {
  const key = `rounds:${token}`;
  let roundIds = read();

  function read(): readonly string[] {
    try {
      const stored: unknown = JSON.parse(storage.getItem(key) ?? '[]');
      return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
    } catch {
      return [];
    }
  }
  function save(next: readonly string[]): void {
    roundIds = next;
    storage.setItem(key, JSON.stringify(next));
  }
  return {
    add: (roundId: string) => save([...roundIds.filter((id) => id !== roundId), roundId].slice(-roundsMax)),
    /** Those that are not on the order that is shown, as long as theirs is not paid. What the server no longer shows is forgotten. */
    async elsewhere(
      shown: OrderView | null,
      ask: (roundId: string) => Promise<Answer<OrderView>>,
    ): Promise<readonly RoundView[]> {
      const found: RoundView[] = [];
      for (const roundId of roundIds) {
        if (shown?.rounds.some((round) => round.roundId === roundId) === true) continue;
        const answer = await ask(roundId);
        if (answer.kind === 'problem') {
          if (answer.problem.code === 'order-unknown') save(roundIds.filter((id) => id !== roundId));
          continue;
        }
        if (answer.value.state === 'settled') continue;
        found.push(...answer.value.rounds.filter((round) => round.roundId === roundId));
      }
      return found;
    },
  };
}
