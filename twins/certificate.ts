import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generate } from 'selfsigned';

import { dayMs } from '#domain/time.ts';

/** What a twin shows a TLS client. All PEM. */
export type TwinCertificate = {
  readonly key: string;
  readonly cert: string;
  /** Over the same key, past its validity: what the defect `certificate-expired` presents. */
  readonly expiredCert: string;
  /** Base64 SHA-256 of the DER public key (SPKI). Both certificates have it. */
  readonly pinSha256: string;
};

const validMs = 3_650 * dayMs;
/** A stored certificate this near its end is issued anew, over the same key: the pin stays. */
const renewBeforeMs = 30 * dayMs;
const expiredForMs = dayMs;

const keyFile = 'key.pem';
const certFile = 'cert.pem';
const expiredCertFile = 'cert-expired.pem';

/**
 * The self-signed certificate for 127.0.0.1 and localhost kept in `directory`: made at the first call, read at every
 * later one. Files that are unreadable as PEM or do not belong together are replaced, which changes the pin.
 */
export async function openCertificate(directory: string, nowMs: number): Promise<TwinCertificate> {
  const stored = await readStored(directory);
  if (stored !== undefined && isCurrent(stored.cert, nowMs)) return withPin(stored);
  const made = await makeCertificates(stored?.key, nowMs);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeWhole(join(directory, keyFile), made.key, 0o600);
  await writeWhole(join(directory, certFile), made.cert, 0o644);
  await writeWhole(join(directory, expiredCertFile), made.expiredCert, 0o644);
  return withPin(made);
}

type Pems = Omit<TwinCertificate, 'pinSha256'>;

async function readStored(directory: string): Promise<Pems | undefined> {
  const [key, cert, expiredCert] = await Promise.all(
    [keyFile, certFile, expiredCertFile].map((file) => readIfThere(join(directory, file))),
  );
  if (key === undefined || cert === undefined || expiredCert === undefined) return undefined;
  return belongTogether(key, [cert, expiredCert]) ? { key, cert, expiredCert } : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function belongTogether(key: string, certs: readonly string[]): boolean {
  try {
    const pin = pinOf(key);
    return certs.every((cert) => pinOf(new X509Certificate(cert).publicKey.export(spkiPem)) === pin);
  } catch {
    // Not PEM, or not a key at all: as good as absent.
    return false;
  }
}

function isCurrent(cert: string, nowMs: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate.getTime() <= nowMs && nowMs + renewBeforeMs < validToDate.getTime();
}

async function makeCertificates(storedKey: string | undefined, nowMs: number): Promise<Pems> {
  // An hour back: the clock of whoever checks may be a little behind ours.
  const validFromMs = nowMs - 60 * 60 * 1000;
  const made = await issue(storedKey, validFromMs, nowMs + validMs);
  const expired = await issue(made.private, nowMs - 2 * expiredForMs, nowMs - expiredForMs);
  return { key: made.private, cert: made.cert, expiredCert: expired.cert };
}

function issue(key: string | undefined, fromMs: number, toMs: number) {
  return generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(fromMs),
    notAfterDate: new Date(toMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
    ...(key === undefined
      ? {}
      : { keyPair: { privateKey: key, publicKey: createPublicKey(key).export(spkiPem).toString() } }),
  });
}

const spkiPem = { type: 'spki', format: 'pem' } as const;

function withPin(pems: Pems): TwinCertificate {
  return { ...pems, pinSha256: pinOf(pems.key) };
}

/** The pin of a private or a public key, PEM. */
function pinOf(pem: string | Buffer): string {
  return createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** Writes beside and renames, so that a reader never sees half a file. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  await writeFile(beside, text, { mode });
  await rename(beside, path);
}
