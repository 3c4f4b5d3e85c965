/**
 * D3: our own reference of an order, a round or a line: 128 random bits in base32, 26 characters of `a-z2-7`.
 *
 * It is what makes a write findable in a POS after its answer was lost, so it is made and saved before anything is sent.
 * Where a POS wants a GUID, the same 128 bits are written as one.
 */
export type Reference = string & { readonly reference: unique symbol };

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
export const referenceBytes = 16;
const referencePattern = /^[a-z2-7]{25}[aeimquy4]$/;

/** Random bytes from the operating system, or from a seed in tests. */
export type RandomBytes = (count: number) => Uint8Array;

export function makeReference(randomBytes: RandomBytes): Reference {
  return referenceFromBytes(randomBytes(referenceBytes));
}

function referenceFromBytes(bytes: Uint8Array): Reference {
  if (bytes.length !== referenceBytes)
    throw new RangeError(`a reference has ${referenceBytes} bytes, not ${bytes.length}`);
  let bits = 0;
  let bitCount = 0;
  let text = '';
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    while (bitCount >= 5) {
      text += alphabet[(bits >> (bitCount - 5)) & 31];
      bitCount -= 5;
    }
    bits &= (1 << bitCount) - 1;
  }
  text += alphabet[(bits << (5 - bitCount)) & 31];
  return text as Reference;
}

export function parseReference(text: string): Reference | undefined {
  return referencePattern.test(text) ? (text as Reference) : undefined;
}

/** The same 128 bits as an upper-case GUID without braces, e.g. `8C9E2F10-…`. */
export function guidOfReference(reference: Reference): string {
  let bits = 0;
  let bitCount = 0;
  let hex = '';
  for (const character of reference) {
    bits = (bits << 5) | alphabet.indexOf(character);
    bitCount += 5;
    while (bitCount >= 4 && hex.length < 32) {
      hex += ((bits >> (bitCount - 4)) & 15).toString(16);
      bitCount -= 4;
    }
    bits &= (1 << bitCount) - 1;
  }
  const upper = hex.toUpperCase();
  return [
    upper.slice(0, 8),
    upper.slice(8, 12),
    upper.slice(12, 16),
    upper.slice(16, 20),
    upper.slice(20),
  ].join('-');
}

/** Reads a GUID with or without braces, in any case. Undefined when it is none. */
export function referenceOfGuid(guid: string): Reference | undefined {
  const match =
    /^\{?([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})\}?$/.exec(
      guid,
    );
  if (!match) return undefined;
  const hex = match.slice(1).join('');
  const bytes = new Uint8Array(referenceBytes);
  for (let index = 0; index < referenceBytes; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  }
  return referenceFromBytes(bytes);
}
