/** IP addresses as they are compared: one spelling for each. */

import ipaddr from 'ipaddr.js';

/**
 * The address without zone, in lower case, IPv6 as RFC 5952 writes it and IPv4 in its own form also where it arrived
 * in an IPv6 one (`::ffff:10.0.0.1`). Null for anything else, short forms of IPv4 (`10.1`) included.
 */
export function normalAddress(text: string): string | null {
  const parsed = parse(text);
  return parsed === null ? null : textOf(parsed);
}

/** Returns whether an address lies in a range; null where the range is not one such as `10.0.0.0/8`. */
export function addressRange(cidr: string): ((address: string) => boolean) | null {
  const [base = '', bits = '', ...rest] = cidr.split('/');
  const network = parseAsWritten(base);
  if (network === null || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > network.toByteArray().length * 8)
    return null;
  const length = Number(bits);
  return (address) => {
    const parsed = parse(address);
    return parsed !== null && parsed.kind() === network.kind() && isIn(parsed, network, length);
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Both are of one kind. */
function isIn(address: Address, network: Address, length: number): boolean {
  const own = address.toByteArray();
  return network.toByteArray().every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    const mask = 256 - 2 ** (8 - bits);
    return (byte & mask) === ((own[index] ?? 0) & mask);
  });
}

function parse(text: string): Address | null {
  const written = parseAsWritten(text.replace(/%[^%]*$/, ''));
  return written instanceof ipaddr.IPv6 && written.isIPv4MappedAddress() ? written.toIPv4Address() : written;
}

function parseAsWritten(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) && !text.includes('%') ? ipaddr.IPv6.parse(text) : null;
}

function textOf(address: Address): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
