import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GuestPort, PaymentPort } from '#api/ports.ts';
import { textOf } from '#web/guest/texts.ts';
import { escapeHtml, renderGuestPage } from '#web/guest/page.ts';
import type { RandomBytes } from '#domain/reference.ts';
import { visitOf } from '#api/visit.ts';

/** `GET /t/:token`: the guest page, its menu already in the HTML. */
export function registerGuestPage(
  app: FastifyInstance,
  deps: { guest: GuestPort; payment: PaymentPort; randomBytes: RandomBytes },
): void {
  type Asked = { Params: { token: string }; Querystring: { attempt?: string } };
  app.get<Asked>('/t/:token', { schema: { hide: true } }, async (request, reply) => {
    const table = await deps.guest.findTable(request.params.token);
    if (table === undefined) return sendPage(reply.code(404), renderMissing(), '');
    const { attempt } = request.query;
    // Back from the payment page: it is asked how that ended before the page's script asks, or where no script runs.
    if (typeof attempt === 'string') await deps.payment.get(table, attempt);
    const [view, menu] = await Promise.all([
      deps.guest.view(table, visitOf(request)),
      deps.guest.menu(table),
    ]);
    const nonce = Buffer.from(deps.randomBytes(16)).toString('base64');
    const page = renderGuestPage({
      token: request.params.token,
      location: view.location.name,
      table: view.table,
      flow: view.flow,
      readOnlyText: view.readOnly?.guestText ?? null,
      menu: menu?.menu,
      nonce,
    });
    return sendPage(reply, page, ` 'nonce-${nonce}'`);
  });
}

function sendPage(reply: FastifyReply, html: string, scriptSource: string): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header(
      'content-security-policy',
      `default-src 'none'; script-src 'self'${scriptSource}; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    )
    .send(html);
}

function renderMissing(): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Table not found</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/guest/guest.css"></head><body><header class="venue"><h1>Table not found</h1></header><main><p>${escapeHtml(textOf('scan-again'))}</p></main></body></html>`;
}
