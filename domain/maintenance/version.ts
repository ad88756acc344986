/** Versions as components of Kubernetes report them, such as `v1.37.2`. */

declare const brand: unique symbol;

/** Build metadata (`+k3s1`) belongs to it: two versions are the same where their texts are. */
export type Version = string & { readonly [brand]: 'Version' };

const VERSION_LENGTH_MAX = 63;
const VERSION = /^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Null for a text that is no version: what is not known is not a version (M4). */
export function parseVersion(text: string): Version | null {
  return text.length <= VERSION_LENGTH_MAX && VERSION.test(text) ? (text as Version) : null;
}

/** `1.37`, as one number that grows with each minor version: 1037. */
export type Minor = number & { readonly [brand]: 'Minor' };

const MINORS_OF_MAJOR = 1_000;

export function minorOf(version: Version): Minor {
  const [major = '', minor = ''] = version.slice(1).split('.', 2);
  return (Number(major) * MINORS_OF_MAJOR + Number(minor)) as Minor;
}

export function minorText(minor: number): string {
  return `v${Math.floor(minor / MINORS_OF_MAJOR)}.${minor % MINORS_OF_MAJOR}`;
}

/** Negative where `a` is older, by its three numbers alone: `v1.37.2` and `v1.37.2+k3s1` are of one age. */
export function compareAge(a: Version, b: Version): number {
  return minorOf(a) - minorOf(b) || patchOf(a) - patchOf(b);
}

function patchOf(version: Version): number {
  return Number.parseInt(version.split('.', 3)[2] ?? '', 10);
}
