import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccountCheck, AccountView } from '#payments/set-up-account.ts';
import type { PaymentSettings } from '#payments/payment-settings.ts';
import {
  accountCheck,
  accountId,
  accountRequest,
  accountView,
  paymentSettings,
} from './payment-settings-schema.ts';
import type { AccountRequest } from './payment-settings-schema.ts';
import type { ConsoleUser, Refused } from './ports.ts';
import { sendProblem } from './problem.ts';
import { problemView } from './schema.ts';

/** What operators set up about money. */
export interface PaymentSettingsPort {
  accounts(user: ConsoleUser): Promise<readonly AccountView[]>;
  saveAccount(
    user: ConsoleUser,
    accountId: string,
    account: AccountRequest,
  ): Promise<{ readonly kind: 'saved'; readonly mode: 'live' | 'test' } | Refused>;
  checkAccount(user: ConsoleUser, accountId: string): Promise<AccountCheck | Refused>;
  settings(user: ConsoleUser, locationId: string): Promise<PaymentSettings | undefined>;
  saveSettings(
    user: ConsoleUser,
    locationId: string,
    settings: PaymentSettings,
  ): Promise<{ readonly kind: 'saved' } | Refused>;
}

type UserOf = (request: FastifyRequest) => ConsoleUser;

const refusals = { 401: problemView, 404: problemView, 409: problemView, 422: problemView };
const accountParams = z.object({ accountId });
const locationParams = z.object({ locationId: z.string().max(100) });

export function registerPaymentSettings(
  plain: FastifyInstance,
  port: PaymentSettingsPort,
  userOf: UserOf,
): void {
  registerAccounts(plain, port, userOf);
  registerSettings(plain, port, userOf);
}

function registerAccounts(plain: FastifyInstance, port: PaymentSettingsPort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/payment-accounts',
    {
      schema: {
        tags: ['console'],
        summary: 'Accounts at payment providers; their credentials are never read back',
        response: { 200: z.object({ accounts: z.array(accountView) }), ...refusals },
      },
    },
    async (request) => {
      const accounts = await port.accounts(userOf(request));
      return { accounts: accounts.map((each) => ({ ...each, locationIds: [...each.locationIds] })) };
    },
  );
  app.put(
    '/api/console/payment-accounts/:accountId',
    {
      schema: {
        tags: ['console'],
        summary: 'Saves an account with its credentials, new or in place of the old ones',
        params: accountParams,
        body: accountRequest,
        response: {
          200: z.object({ state: z.literal('saved'), mode: z.enum(['live', 'test']) }),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const saved = await port.saveAccount(userOf(request), request.params.accountId, request.body);
      return saved.kind === 'refused'
        ? sendProblem(reply, saved)
        : { state: 'saved' as const, mode: saved.mode };
    },
  );
  app.post(
    '/api/console/payment-accounts/:accountId/check',
    {
      schema: {
        tags: ['console'],
        summary: 'Asks the provider whether the credentials work, and what guests could pay with',
        params: accountParams,
        response: { 200: accountCheck, ...refusals },
      },
    },
    async (request, reply) => {
      const check = await port.checkAccount(userOf(request), request.params.accountId);
      if (check.kind === 'refused') return sendProblem(reply, check);
      return check.state === 'working'
        ? { state: check.state, methods: [...check.methods] }
        : { state: check.state, cause: check.cause, detail: check.detail };
    },
  );
}

function registerSettings(plain: FastifyInstance, port: PaymentSettingsPort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/locations/:locationId/payment-settings',
    {
      schema: {
        tags: ['console'],
        summary: 'What a location does about money: account, tips, donations, refunds, receipts',
        params: locationParams,
        response: refusals,
      },
    },
    async (request, reply) => {
      const settings = await port.settings(userOf(request), request.params.locationId);
      if (settings === undefined) return sendProblem(reply, { code: 'location-unknown' });
      return sendJson(reply, settings);
    },
  );
  app.put(
    '/api/console/locations/:locationId/payment-settings',
    {
      schema: {
        tags: ['console'],
        summary: 'Saves all of them at once',
        description:
          '`tips.itemCode` is the item tips are booked as in the POS; null: they are reported only.',
        params: locationParams,
        body: paymentSettings,
        response: { 200: z.object({ state: z.literal('saved') }), ...refusals },
      },
    },
    async (request, reply) => {
      const { venue, ...rest } = request.body;
      const saved = await port.saveSettings(userOf(request), request.params.locationId, {
        ...rest,
        venue: venue === null ? null : venueOf(venue),
      });
      return saved.kind === 'refused' ? sendProblem(reply, saved) : { state: 'saved' as const };
    },
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}

function venueOf(venue: NonNullable<z.infer<typeof paymentSettings>['venue']>) {
  const { taxNumber, ...named } = venue;
  return taxNumber === undefined ? named : { ...named, taxNumber };
}
