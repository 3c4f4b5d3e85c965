/**
 * Free text that a guest typed, made safe for a kitchen printer, or undefined when it must be refused.
 *
 * Control bytes open cash drawers on some printers, bidi marks reorder what the cook reads, and numbers that look like a
 * payment card must never reach a POS (card data stays out of this product).
 */
export function parseNote(
  text: string,
  lengthMax: number,
): { kind: 'note'; text: string } | { kind: 'bad'; code: 'too-long' | 'card-number' } {
  const clean = cleanText(text);
  if (clean.length > lengthMax) return { kind: 'bad', code: 'too-long' };
  if (holdsCardNumber(clean)) return { kind: 'bad', code: 'card-number' };
  return { kind: 'note', text: clean };
}

/** One line of printable text. */
export function cleanText(text: string): string {
  return (
    text
      .normalize('NFC')
      // C0, C1, zero-width, bidi controls, byte order mark, private use and unpaired surrogates.
      .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ')
      .replace(/\s+/gu, ' ')
      .trim()
  );
}

/** Digits as people write them in groups: spaces, dashes, dots between them. */
const digitRun = /\d(?:[\s.\-–]{0,2}\d){12,}/gu;
const cardDigitsMin = 13;
const cardDigitsMax = 19;
/** What payment cards begin with; loyalty cards may, instants in milliseconds do not. */
const paymentCardStart = /^(?:4|5[1-5]|2[2-7]|3[0-9]|6)/;

/** True when the text holds a number that could be a payment card's: 13 to 19 digits, also in groups, that pass the Luhn check. */
export function holdsCardNumber(text: string): boolean {
  return [...text.normalize('NFKC').matchAll(digitRun)].some(
    ([run]) => findCard(run.replace(/\D/g, '')) !== undefined,
  );
}

/** The same text with whatever could be a card number made unreadable: for logs. */
export function maskCardNumbers(text: string): string {
  return text.replace(digitRun, (run) => {
    const digits = run.replace(/\D/g, '');
    return findCard(digits) === undefined ? run : `(${digits.length} digits)`;
  });
}

/** True for a whole number as on a payment card, for fields that hold other cards' numbers. */
export function isPaymentCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  return isCard(digits) && paymentCardStart.test(digits);
}

/** A run that is one number as a whole counts however it begins; inside a longer one a card must begin like one. */
function findCard(digits: string): string | undefined {
  if (isCard(digits) && !isInstant(digits)) return digits;
  for (let start = 0; start + cardDigitsMin <= digits.length; start += 1) {
    for (
      let length = cardDigitsMin;
      length <= cardDigitsMax && start + length <= digits.length;
      length += 1
    ) {
      const part = digits.slice(start, start + length);
      if (paymentCardStart.test(part) && isCard(part)) return part;
    }
  }
  return undefined;
}

/** Epoch milliseconds of this century have 13 digits and begin with 1; no payment card does. */
function isInstant(digits: string): boolean {
  return digits.length === cardDigitsMin && digits.startsWith('1');
}

function isCard(digits: string): boolean {
  return digits.length >= cardDigitsMin && digits.length <= cardDigitsMax && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
