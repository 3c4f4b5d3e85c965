import type { Refused } from '#acceptance/codes.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import type { OpenIntakes } from './open-intakes.ts';

export type IntakeDeps = PaymentsDeps & { readonly intakes: OpenIntakes };

/** Thrown inside a transaction to leave it without a trace; caught where the transaction was begun. */
export class RefusedPost extends Error {
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.refusal.text);
    this.refused = refused;
  }
}
