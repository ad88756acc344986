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
