import assert from 'node:assert/strict';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { dayMs } from '#domain/time.ts';

import { openCertificate } from './certificate.ts';

const nowMs = Date.UTC(2026, 0, 15);
let directory = '';

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'twin-certificate-')), 'tls');
});
afterEach(() => rm(join(directory, '..'), { recursive: true }));

describe('the certificate of a twin', () => {
  it('is for the loopback names and valid, with an expired one over the same key', async () => {
    const { cert, expiredCert, key, pinSha256 } = await openCertificate(directory, nowMs);
    const current = new X509Certificate(cert);
    const expired = new X509Certificate(expiredCert);
    assert.equal(current.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(current.checkHost('localhost'), 'localhost');
    assert.ok(current.validFromDate.getTime() < nowMs && nowMs < current.validToDate.getTime());
    assert.ok(expired.validToDate.getTime() < nowMs);
    assert.match(key, /BEGIN PRIVATE KEY/);
    for (const { publicKey } of [current, expired]) {
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      assert.equal(createHash('sha256').update(spki).digest('base64'), pinSha256);
    }
  });

  it('is made once and read afterwards', async () => {
    const made = await openCertificate(directory, nowMs);
    assert.deepEqual(await openCertificate(directory, nowMs + dayMs), made);
  });

  it('keeps its key from other users', async () => {
    await openCertificate(directory, nowMs);
    assert.equal((await stat(join(directory, 'key.pem'))).mode & 0o777, 0o600);
  });

  it('is renewed over the same key before it ends', async () => {
    const made = await openCertificate(directory, nowMs);
    const renewed = await openCertificate(directory, nowMs + 3_640 * dayMs);
    assert.notEqual(renewed.cert, made.cert);
    assert.equal(renewed.pinSha256, made.pinSha256);
  });

  it('is replaced when a file is not what it should be', async () => {
    const made = await openCertificate(directory, nowMs);
    await writeFile(join(directory, 'key.pem'), 'half a key');
    const replaced = await openCertificate(directory, nowMs);
    assert.notEqual(replaced.pinSha256, made.pinSha256);
    assert.deepEqual(await openCertificate(directory, nowMs), replaced);
  });

  it('is replaced when key and certificate do not belong together', async () => {
    await openCertificate(directory, nowMs);
    const other = await openCertificate(join(directory, 'other'), nowMs);
    await writeFile(join(directory, 'key.pem'), other.key);
    const { key, cert } = await openCertificate(directory, nowMs);
    assert.ok(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)));
  });
});
