import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { childNamed, childrenNamed, formatXml, parseXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

function parsed(text: string): XmlElement {
  const result = parseXml(text);
  assert.equal(result.kind, 'parsed', JSON.stringify(result));
  if (result.kind !== 'parsed') throw new Error('unreachable');
  return result.root;
}

describe('XML from a POS', () => {
  it('becomes elements with attributes, children and text', () => {
    const root = parsed('<a x="1"><b>one</b><b y="&lt;&#233;">two<!-- no --></b><c/></a>');
    assert.equal(root.attributes['x'], '1');
    assert.deepEqual(
      childrenNamed(root, 'b').map((child) => child.text),
      ['one', 'two'],
    );
    assert.equal(childrenNamed(root, 'b')[1]?.attributes['y'], '<é');
    assert.equal(childNamed(root, 'c')?.text, '');
    assert.equal(childNamed(root, 'd'), undefined);
  });

  it('is refused with a DOCTYPE, an unknown entity, or half an element', () => {
    for (const text of [
      '<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>',
      '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
      '<a>&nbsp;</a>',
      '<a><b></a>',
      '<a',
      '',
      'not xml',
      '<a/><b/>',
    ])
      assert.equal(parseXml(text).kind, 'bad', text);
  });

  it('is refused as soon as it exceeds a limit', () => {
    const limits = { charactersMax: 1_000, depthMax: 5, nodesMax: 20, attributesMax: 3 };
    const tooMuch = {
      characters: `<a>${'x'.repeat(1_000)}</a>`,
      depth: '<a>'.repeat(6) + '</a>'.repeat(6),
      nodes: `<a>${'<b/>'.repeat(20)}</a>`,
      attributes: '<a b="" c="" d="" e=""/>',
    };
    for (const [what, text] of Object.entries(tooMuch))
      assert.equal(parseXml(text, limits).kind, 'bad', what);
    assert.equal(parseXml('<a b="" c="" d=""><b/></a>', limits).kind, 'parsed');
  });

  it('cannot reach the prototype of anything', () => {
    const root = parsed('<a __proto__="x" constructor="y"><__proto__ polluted="1"/></a>');
    assert.equal(root.attributes['toString'], undefined);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(root.attributes['constructor'], 'y');
  });
});

describe('XML to a POS', () => {
  it('survives the round trip with any text in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const root = parsed(formatXml({ name: 'a', attributes: { x: text }, text }));
        // What XML 1.0 cannot carry is dropped, nothing else.
        // oxlint-disable-next-line no-control-regex -- these are the characters XML has no way to write
        const carried = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
        assert.equal(root.attributes['x'], carried);
        assert.equal(root.text, carried);
      }),
    );
  });

  it('leaves out attributes that are undefined and drops unpaired surrogates', () => {
    assert.equal(
      formatXml({ name: 'a', attributes: { x: undefined, y: 1 }, children: [{ name: 'b', text: '<' }] }),
      '<?xml version="1.0" encoding="utf-8"?><a y="1"><b>&lt;</b></a>',
    );
    assert.equal(parsed(formatXml({ name: 'a', text: 'x\ud800y' })).text, 'x\ufffdy');
  });
});
