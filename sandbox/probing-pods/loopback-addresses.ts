/** Addresses of nodes and pods that this machine has without any set-up: it owns all of 127.0.0.0/8. */

import { randomInt } from 'node:crypto';

/** 127.64.0.1 to 127.127.255.254. */
const PODS_FROM = 64;
/** 127.128.0.1 to 127.191.255.254. */
const NODES_FROM = 128;
const SECOND_BYTES = 64;
/** Neither 0 nor 255. */
const LAST_BYTES = 254;
const COUNT = SECOND_BYTES * 256 * LAST_BYTES;

export function loopbackNodeAddress(index = randomInt(COUNT)): string {
  return addressAt(NODES_FROM, index);
}

/** Hands out addresses in turn, so that one comes back as late as possible. */
export function createPodAddresses(first = randomInt(COUNT)): { take(taken: ReadonlySet<string>): string } {
  let next = first;
  return {
    take(taken) {
      for (let tries = 0; tries < COUNT; tries += 1) {
        const address = addressAt(PODS_FROM, next);
        next = (next + 1) % COUNT;
        if (!taken.has(address)) return address;
      }
      throw new Error(`all ${COUNT} addresses of pods are taken`);
    },
  };
}

function addressAt(from: number, index: number): string {
  const network = Math.floor(index / LAST_BYTES);
  return `127.${from + Math.floor(network / 256)}.${network % 256}.${1 + (index % LAST_BYTES)}`;
}
