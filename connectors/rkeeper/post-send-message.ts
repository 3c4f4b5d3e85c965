import type { MessageSent, SendMessageWrite } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { childNamed, childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import { asWrite } from './as-write.ts';
import type { Call } from './client.ts';
import { beforeTheWrite, failureOf, outcomeOf } from './map-error.ts';
import { ask, configured } from './site.ts';
import type { Asked, Site } from './site.ts';
import type { Read } from './wire.ts';

/** PostSendMessage: a pop-up at the configured station. Looked for first, so that trying again shows it once. */
export async function postSendMessage(
  site: Site,
  write: SendMessageWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<MessageSent>> {
  const aheadMs = write.expiresAtMs - site.clock.nowMs();
  if (aheadMs <= 0) {
    return { kind: 'refused', error: posError('write-expired', 'the message is no longer wanted') };
  }
  return asWrite(site, 'PostSendMessage', { signal }, async (call): Promise<WriteOutcome<MessageSent>> => {
    const there = await findMessage(site, write, call);
    if (there.kind === 'failed') return beforeTheWrite(there.failure);
    if (there.value !== null) return { kind: 'applied', value: { messageRef: there.value }, repeated: true };
    // Optional in the schema, demanded by the server; in the server's own local time, which every answer tells.
    const expireTime = site.client.posTimeText(aheadMs);
    if (expireTime === null) {
      const error = posError('bad-answer', 'the POS does not tell its time, so the message could not end');
      return { kind: 'not-applied', error, answered: true };
    }
    const reply = await site.client.send(
      {
        command: 'WaiterMessage',
        attributes: {
          text: write.text,
          messageType: 'XMLInterface',
          expireTime,
          external_id: write.messageReference,
        },
        children: [configured(site, 'Station', 'station')],
      },
      call,
    );
    if (reply.kind !== 'ok') return outcomeOf(failureOf(reply, site.settings));
    const messageRef = childNamed(reply.data, 'Message')?.attributes['id'];
    return { kind: 'applied', value: { messageRef: messageRef ?? write.messageReference }, repeated: false };
  });
}

/** The id of the message with our reference, or null when the station has none. */
export function findMessage(site: Site, write: SendMessageWrite, call: Call): Promise<Asked<string | null>> {
  return ask(
    site,
    { command: 'GetWaiterMessages', children: [configured(site, 'Station', 'station')] },
    call,
    (data): Read<string | null> => {
      const found = messagesIn(data).find(
        (message) => message.attributes['external_id'] === write.messageReference,
      );
      return { kind: 'read', value: found === undefined ? null : (found.attributes['id'] ?? '') };
    },
  );
}

function messagesIn(data: XmlElement): readonly XmlElement[] {
  const lists = [data, ...childrenNamed(data, 'Messages')];
  return lists.flatMap((list) => childrenNamed(list, 'Message'));
}
