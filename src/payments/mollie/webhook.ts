import type { WebhookNews, WebhookRequest } from '../provider.ts';

/** A call carries one short id. */
const bodyCharsMax = 200;

/** Mollie's classic webhook: a form with nothing but `id=tr_…`, not signed by design. */
export function parseWebhook({ contentType, body }: WebhookRequest): WebhookNews {
  if (!contentType.startsWith('application/x-www-form-urlencoded') || body.length > bodyCharsMax) {
    return { kind: 'unreadable' };
  }
  const ids = new URLSearchParams(body).getAll('id');
  const [ref = ''] = ids;
  return ids.length === 1 && /^tr_\w{1,40}$/.test(ref)
    ? { kind: 'changed', refs: [ref] }
    : { kind: 'unreadable' };
}
