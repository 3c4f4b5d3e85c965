import type { IntakeConsolePort, IntakePort } from '#api/intake-ports.ts';
import type { Refused } from '#api/ports.ts';
import { makeAuthenticate } from '#intake/authenticate.ts';
import {
  getNames,
  getPosted,
  getPostedAs,
  getProfile,
  listClients,
  listOrders,
  registerClient,
  revokeClient,
  saveNames,
  saveProfile,
} from '#intake/console.ts';
import type { IntakeDeps } from '#intake/deps.ts';
import { makeOpenIntakes } from '#intake/open-intakes.ts';
import { listOrderTypes, postOrder } from '#intake/post-order.ts';
import { releaseOrder } from '#intake/release-order.ts';
import { voidOrder } from '#intake/void-order.ts';
import type { PaymentsDeps } from '#payments/deps.ts';

export type IntakePorts = { readonly intake: IntakePort; readonly intakeConsole: IntakeConsolePort };

export function makeIntakePorts(payments: PaymentsDeps): IntakePorts {
  const deps: IntakeDeps = { ...payments, intakes: makeOpenIntakes() };
  const authenticate = makeAuthenticate(deps);
  return {
    intake: {
      clientOf: authenticate,
      post: (client, post) => postOrder(deps, client, post),
      void: (client, asked) => voidOrder(deps, client, asked),
      orderTypes: (client) => listOrderTypes(deps, client),
    },
    intakeConsole: makeConsole(deps, () => authenticate.forget()),
  };
}

function makeConsole(deps: IntakeDeps, forgetLogins: () => void): IntakeConsolePort {
  return {
    clients: async ({ companyId }, locationId) =>
      (await listClients(deps, { companyId, locationId })) ?? noLocation,
    async registerClient({ companyId }, client) {
      const issued = await registerClient(deps, { companyId, ...client });
      return issued === undefined ? noLocation : { kind: 'registered', ...issued };
    },
    async revokeClient({ companyId }, clientId) {
      const revoked = await revokeClient(deps, { companyId, clientId });
      forgetLogins();
      return revoked ? { kind: 'revoked' } : { kind: 'refused', code: 'client-unknown' };
    },
    async profile({ companyId }, locationId) {
      const profile = await getProfile(deps, { companyId, locationId });
      return profile === undefined
        ? noLocation
        : { kind: 'profile', profile: profile === 'absent' ? null : profile };
    },
    async saveProfile({ companyId }, locationId, profile) {
      const saved = await saveProfile(deps, { companyId, locationId }, profile);
      if (saved === undefined) return noLocation;
      return saved.kind === 'saved'
        ? saved
        : { kind: 'refused', code: 'intake-profile-invalid', errors: saved.errors };
    },
    async names({ companyId }, locationId) {
      const names = await getNames(deps, { companyId, locationId });
      return names === undefined ? noLocation : { kind: 'names', ...names };
    },
    async saveNames({ companyId }, locationId, words) {
      return (await saveNames(deps, { companyId, locationId }, words))
        ? { kind: 'saved' }
        : { kind: 'refused', code: 'intake-profile-missing' };
    },
    orders: ({ companyId }, asked) => listOrders(deps, { companyId, ...asked }),
    order: ({ companyId }, intakeId) => getPosted(deps, { companyId, intakeId }),
    orderAs: ({ companyId }, orderId) => getPostedAs(deps, { companyId, orderId }),
    async release({ companyId }, intakeId, changes) {
      const released = await releaseOrder(deps, { companyId, intakeId, changes });
      switch (released.kind) {
        case 'released':
          return released;
        case 'unknown':
          return { kind: 'refused', code: 'order-unknown' };
        case 'settled':
          return { kind: 'refused', code: 'intake-order-settled' };
        case 'refused': {
          const { code, text } = released.refusal;
          const errors = [{ path: 'order', code: String(code) }];
          return { kind: 'refused', code: 'intake-order-incomplete', detail: text, errors };
        }
      }
    },
  };
}

const noLocation: Refused = { kind: 'refused', code: 'location-unknown' };
