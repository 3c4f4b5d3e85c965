import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { childNamed, parseXml } from '#transport/xml.ts';
import { readReply } from './client.ts';
import type { Rk7Command, Rk7Reply } from './client.ts';
import { failureOf } from './map-error.ts';
import type { Failure } from './map-error.ts';
import { parseSettings } from './settings.ts';
import type { RkeeperSettings } from './settings.ts';
import { testSettings } from './test-pos.ts';

describe('the meaning of an R-Keeper error', () => {
  it('takes both lock codes for a lock at the root, in a CommandResult and nested', () => {
    for (const code of [2219, 13]) {
      const lock = `RK7ErrorN="${code}" ErrorText="Order is locked by another lock key, station Bar, operator X"`;
      const places = [
        `<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ${lock}/>`,
        `<RK7QueryResult Status="Query Executing Error"><CommandResult CMD="SaveOrder" Status="Query Executing Error" ${lock}/></RK7QueryResult>`,
        `<RK7QueryResult Status="Ok"><CommandResult CMD="SaveOrder" Status="Query Executing Error" ${lock}/></RK7QueryResult>`,
        `<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText=""><Errors><Error ${lock} Component="Rights">x</Error></Errors></RK7QueryResult>`,
        `<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText=""><Error ${lock}><FaultyTag/></Error></RK7QueryResult>`,
      ];
      for (const text of places) assert.equal(meaningOf(text).kind, 'locked', text);
    }
    assert.equal(
      meaningOf(
        '<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" RK7ErrorN="2219" ErrorText="locked, station Bar 2, operator Y"/>',
      ).heldBy,
      'Bar 2',
    );
  });

  it('takes 13 for something unknown where the location does not list it', () => {
    const failure = meaningOf(rejected(13, 'whatever'), { lockCodes: [2219] });
    assert.equal(failure.kind, 'unknown');
  });

  it('counts a locked visit as locked, a lock without number by its text', () => {
    assert.equal(meaningOf(rejected(2129, '')).kind, 'locked');
    const text =
      '<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText="Заказ заблокирован другим ключом блокировки"/>';
    assert.equal(meaningOf(text).kind, 'locked');
  });

  it('knows a closing shift although it comes as a parse error with the number in the text', () => {
    const failure = meaningOf(
      '<RK7QueryResult CMD="GetOrder" Status="Query Parse Error" ErrorText="UCSERR(2172): В данный момент закрывается общая смена"/>',
    );
    assert.deepEqual(
      [failure.kind, failure.error.code, failure.error.vendorCode],
      ['not-applied', 'pos-busy', '2172'],
    );
  });

  it('tells lasting refusals from passing ones', () => {
    const expected: readonly (readonly [number, Failure['kind'], string])[] = [
      [2128, 'refused', 'order-closed'],
      [2133, 'not-applied', 'shift-too-long'],
      [2102, 'not-applied', 'auth-failed'],
      [3373, 'refused', 'bill-changed'],
      [3383, 'refused', 'not-possible'],
      [3444, 'refused', 'not-possible'],
      [3813, 'refused', 'card-refused'],
    ];
    for (const [code, kind, name] of expected) {
      const failure = meaningOf(rejected(code, 'text'));
      assert.deepEqual([failure.kind, failure.error.code], [kind, name]);
    }
  });

  it('sees a wrong licence number by code and by text', () => {
    assert.equal(meaningOf(rejected(5305, 'allowed {4, 5}')).wrongSequence, true);
    const text =
      '<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText="SeqNumber must be increased"/>';
    assert.equal(meaningOf(text).wrongSequence, true);
    assert.equal(
      meaningOf(
        '<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText="Bad license anchor"/>',
      ).error.code,
      'licence-refused',
    );
  });

  it('reads missing reference items and missing orders from the text, in both languages', () => {
    const texts: readonly (readonly [string, string])[] = [
      ['Element 12 not found in collection Tables', 'table-unknown'],
      ['Не найден элемент 12 в коллекции MenuItems', 'item-unknown'],
      ['Element 12 not found in collection MODIFIERS', 'item-unknown'],
      ['Не найден элемент 12 в коллекции Employees', 'bad-request'],
      ['Order {…} not found', 'order-unknown'],
      ['Заказ не найден', 'order-unknown'],
      ['Attribute "RK7CMD/@x" is not found', 'bad-request'],
    ];
    for (const [text, code] of texts) {
      const failure = meaningOf(
        `<RK7QueryResult CMD="SaveOrder" Status="Bad Query Parameters" ErrorText="${text.replaceAll('"', '')}"/>`,
      );
      assert.deepEqual([failure.kind, failure.error.code], ['refused', code], text);
    }
  });

  it('takes a rejection that names the faulty element for a refusal, and its text for the reason', () => {
    const naming = (text: string): string =>
      `<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" ErrorText="${text}"><Error RK7ErrorN="4711" ErrorText="${text}"><FaultyTag><Dish id="1"/></FaultyTag></Error></RK7QueryResult>`;
    const failure = meaningOf(naming('Too many modifiers'));
    assert.deepEqual([failure.kind, failure.error.code], ['refused', 'not-possible']);
    assert.equal(meaningOf(naming('Soup is in the stop list')).error.code, 'item-sold-out');
  });

  it('calls everything it has no rule for unknown', () => {
    assert.equal(meaningOf(rejected(4711, 'something new')).kind, 'unknown');
    assert.equal(
      meaningOf('<RK7QueryResult CMD="SaveOrder" Status="Result Writing Error"/>').kind,
      'unknown',
    );
    assert.equal(meaningOf('<RK7QueryResult CMD="SaveOrder" Status="Execution Started"/>').kind, 'unknown');
    assert.equal(meaningOf('<RK7QueryResult CMD="SaveOrder" Status="Sure"/>').kind, 'unknown');
    assert.equal(meaningOf('<RK7QueryResult CMD="SaveOrder"/>').kind, 'unknown');
    assert.equal(meaningOf('<html><body>Welcome</body></html>').kind, 'unknown');
    assert.equal(failureOf({ kind: 'http', status: 500 }, settingsWith()).kind, 'unknown');
  });

  it('never lets a refusal of credentials look like anything else', () => {
    for (const status of [401, 403]) {
      const failure = failureOf({ kind: 'http', status }, settingsWith());
      assert.deepEqual(
        [failure.kind, failure.error.code, failure.answered],
        ['not-applied', 'auth-failed', true],
      );
    }
  });

  it('tells a request that never left from one that may have', () => {
    const noAnswer = { kind: 'no-answer', reason: 'reset', answerBytes: false, detail: '' } as const;
    assert.equal(failureOf({ ...noAnswer, sent: 'never' }, settingsWith()).kind, 'not-applied');
    assert.equal(failureOf({ ...noAnswer, sent: 'maybe' }, settingsWith()).kind, 'unknown');
  });

  it('keeps what a card system says about a guest out of the error', () => {
    assert.doesNotMatch(meaningOf(rejected(3813, 'Ivanov not found')).error.detail, /Ivanov/);
  });
});

describe('the envelope of an answer', () => {
  it('gives the data of either form', () => {
    for (const text of [
      '<RK7QueryResult CMD="GetOrder" Status="Ok" ErrorText=""><Order/></RK7QueryResult>',
      '<RK7QueryResult><CommandResult CMD="GetOrder" Status="Ok" ErrorText=""><Order/></CommandResult></RK7QueryResult>',
    ]) {
      const reply = replyTo(text, 'GetOrder');
      assert.ok(reply.kind === 'ok' && childNamed(reply.data, 'Order') !== undefined, text);
    }
  });

  it('keeps errors that stand beside an Ok', () => {
    const reply = replyTo(
      '<RK7QueryResult CMD="SaveOrder" Status="Ok"><Error RK7ErrorN="8" Component="Printer" ErrorText="no paper"/></RK7QueryResult>',
      'SaveOrder',
    );
    assert.deepEqual(reply.kind === 'ok' ? reply.errors : [], [{ code: 8, text: 'no paper' }]);
  });

  it('refuses the answer to another command', () => {
    const reply = replyTo('<RK7QueryResult CMD="GetOrder" Status="Ok"/>', 'SaveOrder');
    assert.equal(reply.kind, 'unreadable');
  });

  it('counts No changes as an answer', () => {
    assert.equal(
      replyTo('<RK7QueryResult CMD="GetOrderList2" Status="No changes"/>', 'GetOrderList2').kind,
      'ok',
    );
  });
});

function replyTo(text: string, command: Rk7Command): Rk7Reply {
  const parsed = parseXml(text);
  assert.ok(parsed.kind === 'parsed');
  return readReply(parsed.root, command);
}

function meaningOf(text: string, overrides: object = {}): Failure {
  const command = /CMD="(\w+)"/.exec(text)?.[1] ?? 'SaveOrder';
  const reply = replyTo(text, command as Rk7Command);
  assert.ok(reply.kind !== 'ok', text);
  return failureOf(reply, settingsWith(overrides));
}

function rejected(code: number, text: string): string {
  return `<RK7QueryResult CMD="SaveOrder" Status="Query Executing Error" RK7ErrorN="${code}" ErrorText="${text}"/>`;
}

function settingsWith(overrides: object = {}): RkeeperSettings {
  const parsed = parseSettings({ ...testSettings, ...overrides });
  assert.ok(parsed.kind === 'parsed');
  return parsed.value;
}
