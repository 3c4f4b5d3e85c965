import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** 256 bits from outside the database (TABLESIDE_MASTER_KEY). */
export const sealKeyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * What a sealed secret is bound to. A blob copied to another company, location or origin does not open: whoever can change
 * an endpoint's address must not get the old credentials sent there.
 */
export type SealedFor = {
  readonly companyId: string;
  /** Scheme, host and port the secret may be sent to. */
  readonly origin: string;
} & (
  | { readonly purpose: 'pos-credentials'; readonly locationId: string }
  | { readonly purpose: 'payment-account'; readonly accountId: string }
);

export function makeSealKey(): Buffer {
  return randomBytes(sealKeyBytes);
}

/** Seals with AES-256-GCM: `v1.<key id>.<iv>.<ciphertext>.<tag>`, base64url. */
export function seal(plain: string, key: Buffer, sealedFor: SealedFor): string {
  const iv = randomBytes(ivBytes);
  const kid = keyId(key);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(additionalData(sealedFor, kid));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return ['v1', kid, ...[iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join(
    '.',
  );
}

export type Unsealed =
  { readonly kind: 'unsealed'; readonly plain: string } | { readonly kind: 'bad'; readonly detail: string };

/** Opens a sealed secret, or says why not: another key, another binding, or damage. */
export function unseal(blob: string, key: Buffer, sealedFor: SealedFor): Unsealed {
  const [version, kid, iv, sealed, tag, ...rest] = blob.split('.');
  if (
    version !== 'v1' ||
    kid === undefined ||
    iv === undefined ||
    sealed === undefined ||
    tag === undefined ||
    rest.length > 0
  ) {
    return { kind: 'bad', detail: 'not a sealed secret of this version' };
  }
  if (kid !== keyId(key)) return { kind: 'bad', detail: `sealed with another master key (${kid})` };
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(additionalData(sealedFor, kid));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    const plain = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()]);
    return { kind: 'unsealed', plain: plain.toString('utf8') };
  } catch {
    return { kind: 'bad', detail: 'sealed for another company, location or address, or damaged' };
  }
}

/** Names a key without telling it. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('tableside master key ').update(key).digest('base64url').slice(0, 8);
}

function additionalData(sealedFor: SealedFor, kid: string): Buffer {
  // JSON keeps the parts apart: no two bindings write the same bytes.
  const { companyId, origin, purpose } = sealedFor;
  const holder = purpose === 'pos-credentials' ? sealedFor.locationId : sealedFor.accountId;
  return Buffer.from(JSON.stringify([companyId, holder, origin, purpose, kid]));
}
