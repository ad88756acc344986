/**
 * The parts of API objects that are read here, as they come in JSON.
 *
 * client-node's classes are not used for them: they cost a conversion of the whole object, and a heartbeat of a node
 * is mostly a list of images. Every field is optional, so the compiler asks for a defined state where one is missing.
 */

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[] | null;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
}

export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

/** Kept as it was read: what is not named here is written back with it. */
export interface Taint {
  readonly key?: string;
  readonly [field: string]: unknown;
}

export interface NodeObject {
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[] | null;
    readonly podCIDRs?: readonly string[] | null;
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type?: string; readonly address?: string }[] | null;
    readonly conditions?: readonly Condition[] | null;
    readonly nodeInfo?: {
      readonly systemUUID?: string;
      readonly bootID?: string;
      readonly kernelVersion?: string;
      readonly osImage?: string;
    };
  };
}

export interface PodObject {
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[] | null;
    readonly hostIP?: string;
    readonly hostIPs?: readonly { readonly ip?: string }[] | null;
    readonly conditions?: readonly Condition[] | null;
    readonly initContainerStatuses?: readonly ContainerStatus[] | null;
    readonly containerStatuses?: readonly ContainerStatus[] | null;
  };
}

export interface ContainerStatus {
  readonly name?: string;
  readonly containerID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string } | null;
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string } | null;
  };
}

export interface EventObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
}

/** The API server validated the object; only that it is one is looked at. */
export function parseNode(body: unknown): NodeObject {
  return parseJsonObject(body);
}

export function parsePod(body: unknown): PodObject {
  return parseJsonObject(body);
}

export function parsePage(body: unknown): ListPage<object> {
  return { items: itemsOf(body), ...positionOf(body) };
}

function itemsOf(body: unknown): readonly object[] {
  const { items } = parseJsonObject(body) as { readonly items?: readonly object[] | null };
  return items ?? [];
}

function positionOf(body: unknown): { resourceVersion: string; continueToken: string } {
  const { metadata } = parseJsonObject(body) as {
    readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  };
  return { resourceVersion: metadata?.resourceVersion ?? '', continueToken: metadata?.continue ?? '' };
}

function parseJsonObject(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new Error(`the API server answered ${JSON.stringify(body).slice(0, 80)} where an object was expected`);
}

export function conditionOf(conditions: readonly Condition[] | null | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
