import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conformanceChecks } from './checks.ts';
import type { Check } from './checks.ts';
import type { Subject } from './rig.ts';

/**
 * The whole suite under Node's own runner: one line in each connector's test. `open` makes a fresh restaurant for each check.
 * `defects` are lasting faults of the twin that the suite must notice: a suite that nothing fails proves nothing.
 */
export function testConformance(
  name: string,
  defects: readonly string[],
  open: () => Subject | Promise<Subject>,
): void {
  void describe(`the ${name} connector conforms`, () => {
    for (const check of conformanceChecks(open)) void it(check.name, check.run);
  });
  void describe(`the suite notices a ${name} POS`, () => {
    for (const defect of defects)
      void it(`with ${defect}`, async () => {
        const spoiled = conformanceChecks(async () => {
          const subject = await open();
          subject.world.setDefects(new Set([defect]));
          return subject;
        });
        assert.ok(await failsOne(spoiled), 'every check passed');
      });
  });
}

async function failsOne(checks: readonly Check[]): Promise<boolean> {
  for (const check of checks) {
    const failed = await check.run().then(
      () => false,
      () => true,
    );
    if (failed) return true;
  }
  return false;
}
