/** What an agent reports of its host: interfaces with their addresses, and how long it is up. */

import { networkInterfaces, uptime } from 'node:os';

import type { AddressLists } from '../contracts/connectivity/agent-report.ts';

/**
 * Addresses with the length of their prefix, by interface, sorted by name as Go writes them. Unlike Go, Node leaves
 * out interfaces that are down or have no address. Throws where the system does not list them.
 */
export function interfaceAddresses(): NonNullable<AddressLists> {
  const interfaces = Object.entries(networkInterfaces()).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    interfaces.map(([name, addresses = []]) => [name, addresses.map(({ cidr, address }) => cidr ?? address)]),
  );
}

export function uptimeSeconds(): number {
  return Math.floor(uptime());
}
