import { SaxesParser } from 'saxes';

/** One element as read. Attributes sit in a record without a prototype; text is the element's own, children's not included. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
};

/** Bounds of what a POS, or whoever sits between, may send us. */
export type XmlLimits = {
  readonly charactersMax: number;
  readonly depthMax: number;
  readonly nodesMax: number;
  readonly attributesMax: number;
};

/** A full menu of a large house is about 5 MB; nothing of ours nests deeper than 20. */
export const xmlLimitsDefault: XmlLimits = {
  charactersMax: 32 * 1024 * 1024,
  depthMax: 64,
  nodesMax: 500_000,
  attributesMax: 64,
};

export type XmlParsed =
  { readonly kind: 'parsed'; readonly root: XmlElement } | { readonly kind: 'bad'; readonly detail: string };

type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string };

/**
 * Reads a document. A DOCTYPE is refused, so there are no entities but the five of XML and character references; whatever
 * exceeds a limit is refused as soon as it does.
 */
export function parseXml(text: string, limits: XmlLimits = xmlLimitsDefault): XmlParsed {
  if (text.length > limits.charactersMax)
    return { kind: 'bad', detail: `over ${limits.charactersMax} characters` };
  const parser = new SaxesParser({ position: true, xmlns: false });
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  let nodes = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a DOCTYPE is not accepted');
  });
  parser.on('opentag', (tag) => {
    nodes += 1;
    if (nodes > limits.nodesMax) throw new Error(`over ${limits.nodesMax} elements`);
    if (stack.length >= limits.depthMax) throw new Error(`nested deeper than ${limits.depthMax}`);
    // Without a prototype, and this element's own: saxes makes one for each.
    const { name, attributes } = tag;
    if (Object.keys(attributes).length > limits.attributesMax)
      throw new Error(`over ${limits.attributesMax} attributes on one element`);
    stack.push({ name, attributes, children: [], text: '' });
  });
  parser.on('text', (piece) => append(stack, piece));
  parser.on('cdata', (piece) => append(stack, piece));
  parser.on('closetag', () => {
    const closed = stack.pop();
    if (closed === undefined) return;
    const parent = stack.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  try {
    parser.write(text).close();
  } catch (error) {
    return { kind: 'bad', detail: error instanceof Error ? error.message : String(error) };
  }
  return root === undefined ? { kind: 'bad', detail: 'no element' } : { kind: 'parsed', root };
}

function append(stack: readonly Open[], piece: string): void {
  const open = stack.at(-1);
  if (open !== undefined) open.text += piece;
}

export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

export function childNamed(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** An element to write. Attributes that are undefined are left out. */
export type XmlOut = {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly children?: readonly XmlOut[];
  readonly text?: string;
};

/** Writes a whole document, UTF-8 declared. */
export function formatXml(root: XmlOut): string {
  return `<?xml version="1.0" encoding="utf-8"?>${formatElement(root)}`;
}

function formatElement(element: XmlOut): string {
  let open = `<${element.name}`;
  const { attributes } = element;
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) open += ` ${name}="${escapeXml(String(value))}"`;
  }
  let inner = element.text === undefined ? '' : escapeXml(element.text);
  for (const child of element.children ?? []) inner += formatElement(child);
  return inner === '' ? `${open}/>` : `${open}>${inner}</${element.name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};
/** Anything that is escaped or dropped; nearly every text has nothing of it. */
const special = /[^ !#-%'-;=?-\ud7ff\ue000-\ufffd]/;

/**
 * Escapes, and drops what XML 1.0 cannot carry at all (control characters, unpaired surrogates): one such character in a
 * guest's note would make the whole request unreadable, and no note needs it.
 */
function escapeXml(text: string): string {
  if (!special.test(text)) return text;
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- these are the characters to drop
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"\n\r\t]/g, (character) => entities[character] ?? '')
  );
}
