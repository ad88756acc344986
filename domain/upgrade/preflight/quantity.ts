/** Quantities of Kubernetes, such as `250m` or `1.5Gi`, as numbers. */

const QUANTITY = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:e([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/i;
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Null for a text that is none. */
export function quantity(text: string): number | null {
  const [, digits, exponent, suffix = ''] = QUANTITY.exec(text) ?? [];
  if (digits === undefined) return null;
  if (exponent !== undefined) return Number(digits) * 10 ** Number(exponent);
  const factor = suffix === '' ? 1 : FACTORS[suffix];
  return factor === undefined ? null : Number(digits) * factor;
}
