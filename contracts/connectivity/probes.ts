/** The probes of an agent, each kind defined once. Types, checks and schemas of reports are derived from this table. */

/** What a field holds, by the kind of the field. */
export interface FieldValues {
  readonly text: string;
  readonly 'text-or-null': string | null;
  readonly texts: readonly string[];
  readonly flag: boolean;
  readonly 'whole-number': number;
  /** Whole ones, from 0. */
  readonly milliseconds: number;
}

export type FieldKind = keyof FieldValues;

export const PROBE_KINDS = ['http', 'tcp', 'dns'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

interface ProbeDefinition {
  /** Key of the report that has the probes of this kind. */
  readonly list: string;
  /** In the order in which a report has them. */
  readonly fields: Readonly<Record<string, FieldKind>>;
}

export const PROBES = {
  /** Sent by the original agent, too, whose names these are; times in whole milliseconds. */
  http: {
    list: 'network_probes',
    fields: {
      URL: 'text',
      /** 1 where an answer came, whatever its code. */
      ConnectionResult: 'whole-number',
      /** 0 where no answer came. */
      HTTPCode: 'whole-number',
      /** The original agent reports `NOT_MEASURED_MS` here and in `ContentTransfer` where it measured nothing. */
      Total: 'whole-number',
      ContentTransfer: 'whole-number',
      TCPConnection: 'whole-number',
      DNSLookup: 'whole-number',
      Connect: 'whole-number',
      ServerProcessing: 'whole-number',
    },
  },
  tcp: {
    list: 'tcp_probes',
    fields: {
      /** `host:port`. */
      target: 'text',
      ok: 'flag',
      ms: 'milliseconds',
      /** Null where it succeeded. */
      error: 'text-or-null',
    },
  },
  dns: {
    list: 'dns_probes',
    fields: {
      name: 'text',
      ok: 'flag',
      ms: 'milliseconds',
      addresses: 'texts',
      /** Null where it succeeded. */
      error: 'text-or-null',
    },
  },
} as const satisfies Readonly<Record<ProbeKind, ProbeDefinition>>;

type Fields<Kind extends ProbeKind> = (typeof PROBES)[Kind]['fields'];

export type Probe<Kind extends ProbeKind> = {
  readonly [Field in keyof Fields<Kind>]: Fields<Kind>[Field] extends infer Of extends FieldKind
    ? FieldValues[Of]
    : never;
};

export type ProbesByKind = { readonly [Kind in ProbeKind]: readonly Probe<Kind>[] };

export function byProbeKind<T>(valueOf: (kind: ProbeKind) => T): Readonly<Record<ProbeKind, T>> {
  return { http: valueOf('http'), tcp: valueOf('tcp'), dns: valueOf('dns') };
}

/** Kinds that only `vigilante agent` sends. A report without probes of such a kind has no list of them. */
export const OWN_PROBE_KINDS = PROBE_KINDS.filter((kind) => kind !== 'http');
export type OwnProbeKind = (typeof OWN_PROBE_KINDS)[number];

/** The original server ignores these keys. */
export type OwnProbeLists = {
  readonly [Kind in OwnProbeKind as (typeof PROBES)[Kind]['list']]?: readonly Probe<Kind>[];
};

/** The keys of a report for the kinds whose list is not null. */
export function ownProbeLists(
  listOf: <Kind extends OwnProbeKind>(kind: Kind) => readonly Probe<Kind>[] | null,
): OwnProbeLists {
  const lists = OWN_PROBE_KINDS.map((kind) => [PROBES[kind].list, listOf(kind)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list !== null)) as OwnProbeLists;
}
