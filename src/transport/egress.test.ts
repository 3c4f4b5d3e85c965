import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintAboutUrl, judgeEgress } from './egress.ts';
import type { EgressPolicy } from './egress.ts';

const closed: EgressPolicy = { allowPrivate: [], allowPlainHttp: false };
const vpn: EgressPolicy = { allowPrivate: ['10.1.0.0/16'], allowPlainHttp: false };
const resolveTo =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses);

describe('egress policy', () => {
  it('refuses this machine and every special range, in whatever spelling', async () => {
    const hosts = [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '0177.0.0.1',
      '2130706433',
      '0.0.0.0',
      '①②⑦.⓪.⓪.①',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '169.254.169.254',
      '[fe80::1]',
      '10.0.0.1',
      '192.168.1.1',
      '172.16.0.1',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '[fc00::1]',
      '[::]',
    ];
    for (const host of hosts) {
      const verdict = await judgeEgress(`https://${host}/`, closed, resolveTo('93.184.216.34'));
      assert.equal(verdict.kind, 'denied', host);
    }
  });

  it('refuses a name as soon as one of its addresses is refused', async () => {
    const verdict = await judgeEgress(
      'https://pos.example/',
      closed,
      resolveTo('93.184.216.34', '127.0.0.1'),
    );
    assert.equal(verdict.kind, 'denied');
    const fine = await judgeEgress('https://pos.example/', closed, resolveTo('93.184.216.34'));
    assert.deepEqual(fine, { kind: 'allowed', addresses: ['93.184.216.34'] });
  });

  it('opens a private range only where it was named', async () => {
    assert.equal((await judgeEgress('https://10.1.2.3/', vpn, resolveTo())).kind, 'allowed');
    assert.equal((await judgeEgress('https://10.2.0.1/', vpn, resolveTo())).kind, 'denied');
    assert.equal((await judgeEgress('https://till.venue/', vpn, resolveTo('10.1.2.3'))).kind, 'allowed');
  });

  it('says of a name that cannot be found that it cannot be found', async () => {
    const failing = () => Promise.reject(new Error('ENOTFOUND'));
    assert.equal((await judgeEgress('https://pos.example/', closed, failing)).kind, 'unresolved');
    assert.equal((await judgeEgress('https://pos.example/', closed, resolveTo())).kind, 'unresolved');
  });

  it('takes addresses that are HTTPS and nothing but an address', () => {
    for (const url of [
      'http://pos.example/',
      'ftp://pos.example/',
      'https://u:p@pos.example/',
      'https://pos.example/#x',
      'pos',
    ])
      assert.notEqual(complaintAboutUrl(url, closed), undefined, url);
    assert.equal(complaintAboutUrl('https://pos.example:8443/rk7api', closed), undefined);
    assert.equal(complaintAboutUrl('http://pos.example/', { ...closed, allowPlainHttp: true }), undefined);
  });
});
