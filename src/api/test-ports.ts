import { refuse } from '#acceptance/codes.ts';
import type { IntakeConsolePort, IntakePort } from './intake-ports.ts';
import type {
  ConsolePort,
  ConsoleUser,
  GuestPort,
  GuestTable,
  PaymentPort,
  ReconciliationPort,
  Refused,
  RoundToSubmit,
  SubmittedRound,
} from './ports.ts';

/** What the HTTP interface's tests put behind it: ports that answer one known thing each. */
const table: GuestTable = { companyId: 'c1', locationId: 'l1', tableId: 't1', flow: 'pay-later' };
export const user: ConsoleUser = {
  companyId: 'c1',
  userId: 'u1',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'owner',
};

export function guestPort(submit: (round: RoundToSubmit) => SubmittedRound | Refused): GuestPort {
  return {
    findTable: (token) => Promise.resolve(token === 'good' ? table : undefined),
    view: () => Promise.reject(new Error('not asked here')),
    menu: () => Promise.resolve(undefined),
    submitRound: (_table, round) => Promise.resolve(submit(round)),
    order: () => Promise.resolve(undefined),
    answerStillWanted: () => Promise.resolve({ kind: 'answered' }),
    callWaiter: () => Promise.resolve({ kind: 'queued' }),
    applyCard: () => Promise.resolve({ kind: 'taken', state: 'queued' }),
  };
}

export function reconciliationPort(heard: (what: unknown) => void): ReconciliationPort {
  return {
    list: () => Promise.resolve([]),
    inThePos: (_user, what) => {
      heard(what);
      return Promise.resolve({ kind: 'resolved', how: 'in-the-pos' });
    },
    notInThePos: (_user, what) => {
      heard(what);
      return Promise.resolve({ kind: 'refused', code: 'too-early' });
    },
    dealtWith: () => Promise.resolve({ kind: 'resolved', how: 'dealt-with' }),
  };
}

export function paymentPort(): PaymentPort {
  const of = (amountMinor: number) => ({ amountMinor, currency: 'EUR' }) as const;
  const answer = {
    kind: 'payment',
    orderId: 'o1',
    attempt: {
      attemptToken: 'a1',
      state: 'open',
      amount: of(1_100),
      share: of(1_000),
      tip: of(100),
      donation: of(0),
      refunded: of(0),
      code: 'K7Q2',
    },
    checkoutUrl: 'https://pay.example/1',
  } as const;
  return {
    create: () => Promise.resolve(answer),
    get: (_table, attemptToken) => Promise.resolve(attemptToken === 'a1' ? answer : undefined),
    takeWebhook: (_provider, _attempt, { body }) =>
      Promise.resolve(body.startsWith('id=') ? 'taken' : 'unreadable'),
  };
}

/** One client, whose every order has the number it sent; nobody asks the console's part here. */
export function intakePorts(): { readonly intake: IntakePort; readonly intakeConsole: IntakeConsolePort } {
  const client = { companyId: 'c1', clientId: 'third', locationId: 'l1' };
  const unused = () => Promise.reject(new Error('not asked here'));
  return {
    intake: {
      clientOf: (authorization) =>
        Promise.resolve(authorization === `Basic ${btoa('third:secret')}` ? client : undefined),
      post: (_client, { text, suspend }) =>
        Promise.resolve(
          text === 'bad' ? refuse(1100) : { kind: 'accepted', body: JSON.stringify({ text, suspend }) },
        ),
      void: (_client, { externalRef }) =>
        Promise.resolve(externalRef === 'a/b c' ? { kind: 'voided' } : refuse(1005, { externalRef })),
      orderTypes: () => Promise.resolve(['Pickup']),
    },
    intakeConsole: {
      clients: unused,
      registerClient: unused,
      revokeClient: unused,
      profile: unused,
      saveProfile: unused,
      names: unused,
      saveNames: unused,
      orders: () => Promise.resolve([]),
      order: () => Promise.resolve(undefined),
      orderAs: () => Promise.resolve(null),
      release: () => Promise.resolve({ kind: 'refused', code: 'intake-order-settled' }),
    },
  };
}

export function consolePort(): ConsolePort {
  const amount = { amountMinor: 100, currency: 'EUR' } as const;
  const order = {
    orderId: 'o1',
    flow: 'pay-later',
    state: 'open',
    attention: null,
    table: '1',
    billVersion: 'v',
    total: amount,
    discounts: [],
    tip: amount,
    paid: amount,
    due: amount,
    rounds: [],
  } as const;
  return {
    signIn: (email, password) =>
      Promise.resolve(
        email === user.email && password === 'yes'
          ? { token: 's1', expiresAtMs: 1_000_000, user }
          : undefined,
      ),
    signOut: () => Promise.resolve(),
    userOf: (token) => Promise.resolve(token === 's1' ? user : undefined),
    locations: () => Promise.resolve([]),
    orders: () => Promise.resolve([]),
    order: () => Promise.resolve(undefined),
    payCash: () => Promise.resolve({ kind: 'paid', paymentId: 'p1', amount, tip: amount, order }),
    chooseOrder: () => Promise.resolve({ kind: 'chosen' }),
  };
}
