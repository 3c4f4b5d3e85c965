import type { Refused as NotAccepted } from '#acceptance/codes.ts';
import type { OrderType } from '#acceptance/order.ts';
import type { IntakeName, IntakeProfile } from '#domain/intake.ts';
import type { Money } from '#domain/money.ts';
import type { ConsoleUser, Refused } from './ports.ts';

export type IntakeClient = {
  readonly companyId: string;
  readonly clientId: string;
  readonly locationId: string;
};

/** What third parties ask. Refusals are the API's own codes. */
export interface IntakePort {
  clientOf(authorization: string | undefined): Promise<IntakeClient | undefined>;
  post(
    client: IntakeClient,
    post: { readonly text: string; readonly suspend: boolean },
  ): Promise<NotAccepted | { readonly kind: 'accepted'; readonly body: string }>;
  void(
    client: IntakeClient,
    asked: { readonly externalRef: string; readonly text: string },
  ): Promise<NotAccepted | { readonly kind: 'voided' }>;
  orderTypes(client: IntakeClient): Promise<readonly OrderType[]>;
}

export type IntakeClientView = {
  readonly clientId: string;
  readonly locationId: string;
  readonly name: string;
  readonly username: string;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
};

/** By which names a third party may order what; words of the console and the menu's own, as they stand now. */
export type IntakeCatalogueView = readonly {
  readonly category: string;
  readonly items: readonly {
    readonly item: string;
    readonly itemId: string;
    readonly sizes: readonly { readonly name: string; readonly variantId: string | null }[];
    readonly ingredients: readonly { readonly name: string; readonly modifierId: string }[];
  }[];
}[];

export type IntakeOrderView = {
  readonly intakeId: string;
  readonly locationId: string;
  readonly clientId: string;
  readonly orderNum: string;
  readonly externalRef: string;
  readonly externalNumber: string | null;
  readonly state: 'suspended' | 'placed' | 'voided';
  /** Codes of what a suspended order lacks. */
  readonly missing: readonly number[];
  readonly orderId: string | null;
  readonly createdAtMs: number;
  readonly deferAtMs: number | null;
  /** What the third party said that its customer pays. */
  readonly sent: Money | null;
  /** What the POS charges; before it was read, what our menu says it will. */
  readonly inPos: Money | null;
  /** `sent` less `inPos`: tax, tip and charges that the POS knows nothing of, or prices that differ. */
  readonly difference: Money | null;
};

/** What the console asks about intakes. */
export interface IntakeConsolePort {
  clients(user: ConsoleUser, locationId: string): Promise<readonly IntakeClientView[] | Refused>;
  registerClient(
    user: ConsoleUser,
    client: { readonly locationId: string; readonly name: string },
  ): Promise<
    | {
        readonly kind: 'registered';
        readonly clientId: string;
        readonly username: string;
        readonly password: string;
      }
    | Refused
  >;
  revokeClient(user: ConsoleUser, clientId: string): Promise<{ readonly kind: 'revoked' } | Refused>;
  profile(
    user: ConsoleUser,
    locationId: string,
  ): Promise<{ readonly kind: 'profile'; readonly profile: IntakeProfile | null } | Refused>;
  saveProfile(
    user: ConsoleUser,
    locationId: string,
    profile: IntakeProfile,
  ): Promise<{ readonly kind: 'saved' } | Refused>;
  names(
    user: ConsoleUser,
    locationId: string,
  ): Promise<
    | {
        readonly kind: 'names';
        readonly words: readonly IntakeName[];
        readonly catalogue: IntakeCatalogueView;
      }
    | Refused
  >;
  saveNames(
    user: ConsoleUser,
    locationId: string,
    words: readonly IntakeName[],
  ): Promise<{ readonly kind: 'saved' } | Refused>;
  orders(
    user: ConsoleUser,
    asked: {
      readonly locationId: string | undefined;
      readonly state: IntakeOrderView['state'] | undefined;
      readonly number: string | undefined;
    },
  ): Promise<readonly IntakeOrderView[]>;
  /** With the texts of the post and of its answer. */
  order(
    user: ConsoleUser,
    intakeId: string,
  ): Promise<(IntakeOrderView & { readonly posted: string; readonly answer: string }) | undefined>;
  /** What was posted as an order of ours; null: no third party's. */
  orderAs(user: ConsoleUser, orderId: string): Promise<IntakeOrderView | null>;
  release(
    user: ConsoleUser,
    intakeId: string,
    changes: string | undefined,
  ): Promise<{ readonly kind: 'released'; readonly orderId: string } | Refused>;
}
