import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultInput } from '#twins/faults.ts';
import { isThere, never, patience } from './rig.ts';
import type { Rig, RigCheck } from './rig.ts';

/** How late a `late-arrival` acts: after the call has ended, before a person would notice. */
const lateMs = 40;

type Provoked = {
  readonly name: string;
  readonly fault: Omit<FaultInput, 'match'>;
  /** Whether the fault meets only the request that saves the round, or the first of any kind. */
  readonly meets: 'the save' | 'anything';
  readonly outcomes: readonly string[];
  /** Packages in the kitchen when everything that is under way has landed. */
  readonly lands: 0 | 1;
};

/**
 * Every way a send can go wrong, by what it does to the kitchen. `unknown` is right wherever the POS may have acted; saying
 * `not-applied` of something that landed is the one mistake that doubles orders.
 */
const provoked: readonly Provoked[] = [
  {
    name: 'a refused connection',
    fault: { kind: 'refuse-connect', count: 1 },
    meets: 'anything',
    outcomes: ['not-applied'],
    lands: 0,
  },
  {
    name: 'a POS that is off',
    fault: { kind: 'offline' },
    meets: 'anything',
    outcomes: ['not-applied'],
    lands: 0,
  },
  {
    name: 'an answer that is lost',
    fault: { kind: 'lose-answer', count: 1 },
    meets: 'the save',
    outcomes: ['unknown', 'applied'],
    lands: 1,
  },
  {
    name: 'half an answer',
    fault: { kind: 'bad-body', count: 1 },
    meets: 'the save',
    outcomes: ['unknown', 'applied'],
    lands: 1,
  },
  {
    name: 'a request that lands late',
    fault: { kind: 'late-arrival', count: 1, ms: lateMs },
    meets: 'the save',
    outcomes: ['unknown'],
    lands: 1,
  },
  {
    name: 'a POS that is silent',
    fault: { kind: 'hang' },
    meets: 'the save',
    outcomes: ['unknown'],
    lands: 0,
  },
  {
    name: 'an internal error',
    fault: { kind: 'http-500', count: 1 },
    meets: 'the save',
    outcomes: ['unknown', 'not-applied'],
    lands: 0,
  },
  {
    name: 'a POS that asks to wait',
    fault: { kind: 'http-503', count: 1 },
    meets: 'the save',
    outcomes: ['unknown', 'not-applied'],
    lands: 0,
  },
  {
    name: 'a limit on requests',
    fault: { kind: 'http-429', count: 1 },
    meets: 'the save',
    outcomes: ['unknown', 'not-applied'],
    lands: 0,
  },
];

export const faultChecks: readonly RigCheck[] = [
  ...provoked.map((how) => ({
    name: `classifies ${how.name} as ${how.outcomes.join(' or ')}, and ends with one package`,
    run: (rig: Rig) => provoke(rig, how),
  })),
  {
    name: 'ends every read with the signal it was given, and says that nothing answered',
    async run({ connector, wire }) {
      wire.addFault({ kind: 'hang' });
      for (const read of [
        await connector.readStatus(patience()),
        await connector.readTables(patience()),
        await connector.readOrder('nobody', patience()),
      ])
        assert.equal(read.kind, 'failed', JSON.stringify(read));
      wire.removeFaults();
    },
  },
  {
    name: 'says of a POS that is off that nothing answered',
    async run({ connector, wire }) {
      wire.addFault({ kind: 'offline' });
      const status = await connector.readStatus(never);
      assert.ok(status.kind === 'failed' && !status.answered, JSON.stringify(status));
    },
  },
];

async function provoke(rig: Rig, how: Provoked): Promise<void> {
  const { connector, wire, subject } = rig;
  const round = rig.round();
  wire.addFault({ ...how.fault, ...(how.meets === 'the save' ? { match: subject.saves } : {}) });
  const outcome = await connector.placeRound(round, how.fault.kind === 'hang' ? patience() : never);
  assert.ok(how.outcomes.includes(outcome.kind), JSON.stringify(outcome));
  if (outcome.kind === 'not-applied' && how.meets === 'anything')
    assert.equal(outcome.answered, false, 'a status check must follow at once');
  wire.removeFaults();
  if (how.fault.kind === 'late-arrival') await sleep(2 * lateMs);
  assert.equal(rig.packages(), how.lands);
  // Absence and `not-applied` let delivery send again; presence ends it. Either way the kitchen cooks it once.
  const there = outcome.kind === 'applied' || (outcome.kind === 'unknown' && (await isThere(rig, round)));
  assert.ok(there || how.lands === 0, 'the POS has it, and the connector cannot find it');
  if (!there) {
    const again = await connector.placeRound(round, never);
    assert.equal(again.kind, 'applied', JSON.stringify(again));
  }
  assert.equal(rig.packages(), 1);
}
