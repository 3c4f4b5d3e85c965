import type { FastifyInstance } from 'fastify';
import type { PaymentsDeps } from '#payments/deps.ts';
import { getReceipt } from '#payments/get-payment.ts';
import { sendProblem } from '#api/problem.ts';
import { renderReceipt } from '#web/receipt/page.ts';

/** `GET /receipt/:token`: a paid payment's receipt for whoever has its link, until the link expires. */
export function registerReceiptPage(app: FastifyInstance, payments: PaymentsDeps): void {
  app.get<{ Params: { token: string } }>(
    '/receipt/:token',
    { schema: { hide: true } },
    async (request, reply) => {
      const receipt = await getReceipt(payments, request.params.token);
      if (receipt === undefined) return sendProblem(reply, { code: 'payment-unknown' });
      return reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('cache-control', 'private, no-store')
        .header('referrer-policy', 'no-referrer')
        .header(
          'content-security-policy',
          "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        .send(renderReceipt(receipt));
    },
  );
}
