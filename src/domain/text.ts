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

/** True when 13 to 19 digits, spaces and dashes between them allowed, pass the Luhn check. */
export function holdsCardNumber(text: string): boolean {
  for (const match of text.matchAll(/\d(?:[ -]?\d){12,18}/g)) {
    if (passesLuhn(match[0].replace(/[ -]/g, ''))) return true;
  }
  return false;
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
