import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { childrenNamed } from '#transport/xml.ts';

import { fiumeAlPorto } from './houses.ts';
import { all, at, makeTestTwin, rootOf } from './test-twin.ts';

const systemInfo = '<RK7Query><RK7CMD CMD="GetSystemInfo2"/></RK7Query>';

describe('the wire', () => {
  it('answers 401 to a wrong password and 404 off its paths', () => {
    const twin = makeTestTwin();
    const wrong = { authorization: `Basic ${btoa('tableside:wrong')}` };
    assert.equal(twin.post(systemInfo, { headers: wrong }).status, 401);
    assert.equal(twin.post(systemInfo, { headers: { authorization: '' } }).status, 401);
    assert.equal(twin.world.answer({ method: 'POST', path: '/', headers: {}, body: '' }).status, 404);
  });

  it('answers HTTP 200 to every error of the interface', () => {
    const twin = makeTestTwin();
    for (const body of [
      '',
      '<broken',
      '<Other/>',
      '<RK7Query/>',
      '<RK7Query><RK7CMD CMD="Nonsense"/></RK7Query>',
    ]) {
      const answer = twin.post(body);
      assert.equal(answer.status, 200);
      assert.notEqual(rootOf(answer.body).attributes['Status'], 'Ok');
    }
  });

  it('sees no body behind a form content type, and does not mind any other', () => {
    const twin = makeTestTwin();
    const form = rootOf(
      twin.post(systemInfo, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).body,
    );
    assert.equal(form.attributes['Status'], 'Query Parse Error');
    assert.equal(form.attributes['ErrorText'], 'Empty input XML');
    const odd = rootOf(twin.post(systemInfo, { headers: { 'content-type': 'x/y' } }).body);
    assert.equal(odd.attributes['Status'], 'Ok');
  });

  it('refuses a DOCTYPE and what nests too deep', () => {
    const twin = makeTestTwin();
    const doctype = `<!DOCTYPE x [<!ENTITY e "x">]>${systemInfo}`;
    assert.equal(rootOf(twin.post(doctype).body).attributes['Status'], 'Query Parse Error');
    const deep = `<RK7Query>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</RK7Query>`;
    assert.equal(rootOf(twin.post(deep).body).attributes['Status'], 'Query Parse Error');
  });

  it('puts the result of an RK7CMD on the root', () => {
    const root = rootOf(makeTestTwin().post(systemInfo).body);
    assert.equal(root.attributes['CMD'], 'GetSystemInfo2');
    assert.equal(root.attributes['Status'], 'Ok');
    assert.equal(root.attributes['Processed'], '1');
    assert.equal(root.attributes['DateTime'], '2026-11-24T12:00:00');
    assert.equal(at(root, 'SystemInfo').attributes['RestCode'], '199990001');
  });

  for (const form of ['RK7Command', 'RK7Command2']) {
    it(`gives every ${form} of a query its own CommandResult, in order`, () => {
      const root = rootOf(
        makeTestTwin().post(
          `<RK7Query><${form} CMD="GetRefList"/><${form} CMD="Nonsense"/><${form} CMD="GetSystemInfo"/></RK7Query>`,
        ).body,
      );
      const results = childrenNamed(root, 'CommandResult');
      assert.deepEqual(
        results.map((result) => [result.attributes['CMD'], result.attributes['Status']]),
        [
          ['GetRefList', 'Ok'],
          ['Nonsense', 'Bad Query Parameters'],
          ['GetSystemInfo', 'Ok'],
        ],
      );
      // These stand on each result, not on the root.
      assert.ok(
        results.every((result) => 'ErrorText' in result.attributes && 'DateTime' in result.attributes),
      );
      assert.ok(!('ErrorText' in root.attributes) && !('DateTime' in root.attributes));
    });
  }

  it('knows command names by their case', () => {
    const root = makeTestTwin().ask('getsysteminfo2');
    assert.equal(root.attributes['Status'], 'Bad Query Parameters');
    assert.equal(root.attributes['ErrorText'], 'Unknown command getsysteminfo2');
  });

  it('ignores attributes and elements that it does not know', () => {
    const root = makeTestTwin().ask(
      'GetOrderList2',
      'onlyOpened="true" nonsense="7"',
      '<Nonsense at="all"/>',
    );
    assert.equal(root.attributes['Status'], 'Ok');
  });

  it('tells its restaurants apart by path', () => {
    const twin = makeTestTwin();
    const restCode = (seed?: typeof fiumeAlPorto) =>
      at(twin.ask('GetSystemInfo2', '', '', seed === undefined ? {} : { seed }), 'SystemInfo').attributes[
        'RestCode'
      ];
    assert.equal(restCode(), '199990001');
    assert.equal(restCode(fiumeAlPorto), '199990002');
  });

  it('answers 2172 as a parse error to everything while the shift closes', () => {
    const twin = makeTestTwin();
    twin.press('close-shift');
    const root = twin.ask('GetSystemInfo2');
    assert.equal(root.attributes['Status'], 'Query Parse Error');
    assert.match(root.attributes['ErrorText'] ?? '', /^UCSERR\(2172\)/);
    assert.equal(twin.ask('GetSystemInfo2', '', '', { seed: fiumeAlPorto }).attributes['Status'], 'Ok');
    twin.press('open-shift');
    const shift = all(twin.ask('GetSystemInfo2'), 'CommonShift')[0];
    assert.equal(shift?.attributes['ShiftNum'], '2');
  });

  it('names the commands inside a body, whole or broken', () => {
    const { world } = makeTestTwin();
    const namesIn = (body: string) => world.namesOf({ method: 'POST', path: '/', headers: {}, body });
    assert.deepEqual(namesIn('<RK7Query><RK7CMD a="1" CMD="SaveOrder"><Order'), ['SaveOrder']);
    assert.deepEqual(namesIn(`<RK7Command CMD='A'/><RK7Command2 CMD="B"/>`), ['A', 'B']);
  });
});
