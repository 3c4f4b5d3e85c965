/**
 * JSON whose numbers keep the text they were sent as. An amount such as `14.61` must become money through that text; the platform's
 * reader makes a float of it first, and the text is gone.
 */
export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;
export type JsonNumber = { readonly decimal: string };
/** A map, so that a key such as `__proto__` is a key like any other. */
export type JsonObject = ReadonlyMap<string, Json>;

export type ParsedJson =
  { readonly kind: 'parsed'; readonly value: Json } | { readonly kind: 'bad'; readonly detail: string };

/** Objects and lists inside each other. An order needs six. */
const depthMax = 12;

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isNumber(value: Json | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && 'decimal' in value;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Reads RFC 8259 text. A key that stands twice in one object is refused: two readers could disagree on which amount counts. */
export function parseJson(text: string): ParsedJson {
  const reader: Reader = { text, at: 0 };
  try {
    const value = readValue(reader, 0);
    skipSpace(reader);
    if (reader.at < text.length) throw new NotJson(`unexpected text at ${reader.at}`);
    return { kind: 'parsed', value };
  } catch (error) {
    if (error instanceof NotJson) return { kind: 'bad', detail: error.message };
    throw error;
  }
}

/** Writes a value; numbers stand as the text they carry. */
export function writeJson(value: Json): string {
  if (isNumber(value)) return value.decimal;
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`;
  if (isObject(value)) {
    return `{${[...value].map(([key, entry]) => `${JSON.stringify(key)}:${writeJson(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

type Reader = { readonly text: string; at: number };

class NotJson extends Error {}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const word = /true|false|null/y;

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.at += found.length;
  return found;
}

function skipSpace(reader: Reader): void {
  take(reader, space);
}

function readValue(reader: Reader, depth: number): Json {
  if (depth > depthMax) throw new NotJson(`more than ${depthMax} levels`);
  skipSpace(reader);
  const next = reader.text[reader.at];
  if (next === '{') return readObject(reader, depth);
  if (next === '[') return readList(reader, depth);
  if (next === '"') return readText(reader);
  const literal = take(reader, word);
  if (literal !== undefined) return literal === 'null' ? null : literal === 'true';
  const decimal = take(reader, number);
  if (decimal === undefined) throw new NotJson(`no value at ${reader.at}`);
  return { decimal };
}

function readText(reader: Reader): string {
  const literal = take(reader, string);
  if (literal === undefined) throw new NotJson(`no text at ${reader.at}`);
  if (!literal.includes('\\')) return literal.slice(1, -1);
  const text = String(JSON.parse(literal));
  // An escape can spell what is no text (RFC 7493) and what no database keeps.
  if (!text.isWellFormed() || text.includes('\u0000')) throw new NotJson(`no text before ${reader.at}`);
  return text;
}

function readObject(reader: Reader, depth: number): JsonObject {
  const entries = new Map<string, Json>();
  reader.at += 1;
  if (closes(reader, '}')) return entries;
  for (;;) {
    skipSpace(reader);
    const key = readText(reader);
    if (entries.has(key)) throw new NotJson(`the key ${JSON.stringify(key)} stands twice`);
    skipSpace(reader);
    if (reader.text[reader.at] !== ':') throw new NotJson(`no colon at ${reader.at}`);
    reader.at += 1;
    entries.set(key, readValue(reader, depth + 1));
    if (closes(reader, '}')) return entries;
    comma(reader);
  }
}

function readList(reader: Reader, depth: number): readonly Json[] {
  const entries: Json[] = [];
  reader.at += 1;
  if (closes(reader, ']')) return entries;
  for (;;) {
    entries.push(readValue(reader, depth + 1));
    if (closes(reader, ']')) return entries;
    comma(reader);
  }
}

function closes(reader: Reader, bracket: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== bracket) return false;
  reader.at += 1;
  return true;
}

function comma(reader: Reader): void {
  if (reader.text[reader.at] !== ',') throw new NotJson(`no comma at ${reader.at}`);
  reader.at += 1;
}
