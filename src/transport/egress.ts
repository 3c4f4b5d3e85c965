import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/**
 * Where a location's connection may go. Loopback, link-local, private and all other special ranges are refused unless the policy
 * names them: an endpoint address is typed by people, and a request carries credentials.
 */
export type EgressPolicy = {
  /** CIDR ranges that are allowed although they are not public, e.g. a VPN to the venue. */
  readonly allowPrivate: readonly string[];
  /** Plain HTTP, for twins on this machine; never in production. */
  readonly allowPlainHttp: boolean;
};

export type EgressVerdict =
  | { readonly kind: 'allowed'; readonly addresses: readonly string[] }
  | { readonly kind: 'denied'; readonly detail: string }
  | { readonly kind: 'unresolved'; readonly detail: string };

export type Resolve = (hostname: string) => Promise<readonly string[]>;

export async function resolveHost(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true, verbatim: true })).map((found) => found.address);
}

/** What can be said of an address text alone: when it is saved, and before each connect. Undefined when nothing speaks against it. */
export function complaintAboutUrl(text: string, policy: EgressPolicy): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'not an address';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.allowPlainHttp))
    return `not https: ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'credentials do not belong into an address';
  if (url.hash !== '') return 'a fragment has no meaning here';
  const literal = literalOf(url);
  return literal === undefined ? undefined : complaintAboutAddress(literal, policy);
}

/** Judges an address and says which IP addresses may be connected to. A name is refused when any of its addresses is. */
export async function judgeEgress(
  text: string,
  policy: EgressPolicy,
  resolve: Resolve,
): Promise<EgressVerdict> {
  const complaint = complaintAboutUrl(text, policy);
  if (complaint !== undefined) return { kind: 'denied', detail: complaint };
  const url = new URL(text);
  const literal = literalOf(url);
  if (literal !== undefined) return { kind: 'allowed', addresses: [literal] };
  let addresses: readonly string[];
  try {
    addresses = await resolve(url.hostname);
  } catch (error) {
    return { kind: 'unresolved', detail: error instanceof Error ? error.message : String(error) };
  }
  if (addresses.length === 0) return { kind: 'unresolved', detail: 'the name has no address' };
  for (const address of addresses) {
    const bad = complaintAboutAddress(address, policy);
    if (bad !== undefined) return { kind: 'denied', detail: bad };
  }
  return { kind: 'allowed', addresses };
}

/** The host as an IP address, when it is one in any of the spellings URL parsing understands. */
function literalOf(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host) ? host : undefined;
}

function complaintAboutAddress(text: string, policy: EgressPolicy): string | undefined {
  const address = unwrap(ipaddr.parse(text));
  if (address.range() === 'unicast') return undefined;
  const allowed = policy.allowPrivate.some((cidr) => {
    const [range, bits] = ipaddr.parseCIDR(cidr);
    return range.kind() === address.kind() && address.match(range, bits);
  });
  return allowed ? undefined : `${address.toString()} is ${address.range()}`;
}

/** An IPv4 address inside an IPv6 one is judged as what it reaches. */
function unwrap(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const parts = address.parts;
  const v4 = (high: number | undefined, low: number | undefined) =>
    new ipaddr.IPv4([(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255]);
  if (address.range() === '6to4') return v4(parts[1], parts[2]);
  if (address.range() === 'rfc6052') return v4(parts[6], parts[7]);
  return address;
}
