import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { isOn, normalGuid, readInteger } from './read-command.ts';
import { done, errorCodes, found, refused } from './reply.ts';
import type { Call, Found, Reply } from './reply.ts';
import type { LicenceUse } from './state.ts';

type Instance = { readonly use: LicenceUse; readonly seqNumber: number };

/**
 * Runs a command that needs the "XML save order" licence.
 *
 * By subscription every call carries a number: the last one or the one after it, from 0 on. The same call with the last number
 * again is answered from memory and not carried out again (vendor page "XML by subscription"); the first call that failed is
 * carried out again, because nothing came of it.
 */
export function underLicence(call: Call, act: () => Reply): Reply {
  const { licence } = call.restaurant.seed;
  // Saved without a licence: staff must confirm it, so there is nothing to count.
  const isFree = isOn(call.command, 'dontcheckLicense') && call.name === 'SaveOrder';
  const isCounted = childNamed(call.command, 'LicenseInfo') !== undefined;
  const hasKey = licence.mode === 'lifetime' || (call.world.hasLifetimeKey && !isCounted);
  if (hasKey || isFree) return act();
  const instance = readInstance(call);
  if (instance.kind === 'failed') return instance;
  const { use, seqNumber } = instance.value;
  const request = fingerprint(call.command);
  if (seqNumber === use.last && use.answered !== null) {
    if (use.answered.request === request) return use.answered.reply;
    return refused(`SeqNumber ${seqNumber} must be increased`, errorCodes.sequenceBody);
  }
  const allowed = [use.last, use.last + 1].filter((number) => number >= 0);
  if (!allowed.includes(seqNumber)) {
    return refused(
      `License instance seqNumber ${seqNumber} is invalid, allowed values: {${allowed.join(', ')}}`,
      errorCodes.sequence,
    );
  }
  use.last = seqNumber;
  use.answered = null;
  const reply = act();
  // A POS that cannot tell a retry from a new wish keeps no answers.
  if (reply.kind === 'done' && !call.world.defects.has('double-create-on-retry')) {
    use.answered = { request, reply };
  }
  return reply;
}

/** GetXMLLicenseInstanceSeqNumber: the last number of an installation; -1 when it has sent none yet. */
export function getSequenceNumber(call: Call): Reply {
  const { licence } = call.restaurant.seed;
  if (licence.mode === 'lifetime') return refused('Bad license anchor');
  const instance = readInstance(call, false);
  if (instance.kind === 'failed') return instance;
  const info = childNamed(call.command, 'LicenseInfo');
  const sent = info === undefined ? undefined : childNamed(info, 'LicenseInstance');
  return done([
    {
      name: 'LicenseInfo',
      attributes: { anchor: licence.anchor },
      children: [
        {
          name: 'LicenseInstance',
          attributes: { guid: sent?.attributes['guid'], seqNumber: instance.value.use.last },
        },
      ],
    },
  ]);
}

/** `expire-key`: the answers that belong to this request's licence number are forgotten. */
export function forgetAnswer(call: Call): void {
  const instance = readInstance(call, false);
  if (instance.kind === 'found') instance.value.use.answered = null;
}

/** Installations that are remembered; the vendor caps how many a licence may have in a day. */
const instancesMax = 1_000;

function readInstance(call: Call, needsNumber = true): Found<Instance> {
  const { licence } = call.restaurant.seed;
  const info = childNamed(call.command, 'LicenseInfo');
  if (info === undefined) return refused('License "XML save order" is not available: no LicenseInfo');
  const token = info.attributes['licenseToken'];
  if (
    licence.mode === 'lifetime' ||
    info.attributes['anchor'] !== licence.anchor ||
    token !== licence.token
  ) {
    return refused('Bad license anchor');
  }
  const element = childNamed(info, 'LicenseInstance');
  const guid = normalGuid(element?.attributes['guid']);
  if (element === undefined || guid === undefined) return refused('Bad license instance guid');
  const seqNumber = readInteger(element, 'seqNumber');
  if (seqNumber.kind === 'failed') return seqNumber;
  if (needsNumber && seqNumber.value === undefined) return refused('Bad license instance seqNumber');
  const { licences } = call.restaurant;
  let use = licences.get(guid);
  if (use === undefined) {
    if (licences.size >= instancesMax) return refused('Too many license instances');
    use = { last: -1, answered: null };
    licences.set(guid, use);
  }
  return found({ use, seqNumber: seqNumber.value ?? -1 });
}

/** Two requests are the same when everything in them is, whatever the order of attributes. */
function fingerprint(element: XmlElement): string {
  const attributes = Object.entries(element.attributes).toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return JSON.stringify([element.name, attributes, element.text.trim(), element.children.map(fingerprint)]);
}
