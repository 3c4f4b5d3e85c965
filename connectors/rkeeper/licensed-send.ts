import { z } from 'zod';
import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import type { Call, Rk7Reply, Rk7Request } from './client.ts';
import { failureOf } from './map-error.ts';
import { ask } from './site.ts';
import type { Site } from './site.ts';
import { readAttributes } from './wire.ts';
import type { Read } from './wire.ts';

/**
 * Sends SaveOrder or PayOrder with the licence, if it goes by subscription, as the first child.
 *
 * When the POS says that our number is wrong it has not executed the command (two public clients rely on it); still, `isAbsent`
 * looks before the one and only resend with the number after the POS's own.
 */
export async function sendLicensed(
  site: Site,
  request: Rk7Request,
  call: Call,
  isAbsent: () => Promise<boolean>,
): Promise<Rk7Reply> {
  const first = await sendNumbered(site, request, call);
  if (first.kind === 'ok' || failureOf(first, site.settings).wrongSequence !== true) return first;
  const last = await readLastNumber(site, call);
  if (last === undefined || !(await isAbsent())) return first;
  await site.licence.sawLast(last);
  return sendNumbered(site, request, call);
}

async function sendNumbered(site: Site, request: Rk7Request, call: Call): Promise<Rk7Reply> {
  const info = await site.licence.take();
  const reply = await site.client.send(
    info === null ? request : { ...request, children: [info, ...(request.children ?? [])] },
    call,
  );
  if (info !== null && reply.kind === 'no-answer' && reply.sent === 'never') await site.licence.giveBack();
  return reply;
}

async function readLastNumber(site: Site, call: Call): Promise<number | undefined> {
  const info = await site.licence.current();
  if (info === null) return undefined;
  const asked = await ask(
    site,
    { command: 'GetXMLLicenseInstanceSeqNumber', children: [info] },
    call,
    readNumber,
  );
  return asked.kind === 'read' ? asked.value : undefined;
}

function readNumber(data: XmlElement): Read<number> {
  const info = childNamed(data, 'LicenseInfo');
  const instance = info === undefined ? undefined : childNamed(info, 'LicenseInstance');
  if (instance === undefined) return { kind: 'bad', detail: 'no LicenseInstance in the answer' };
  const read = readAttributes(
    instance,
    z.object({
      seqNumber: z
        .string()
        .regex(/^-?\d{1,15}$/)
        .transform(Number),
    }),
  );
  return read.kind === 'bad' ? read : { kind: 'read', value: read.value.seqNumber };
}
