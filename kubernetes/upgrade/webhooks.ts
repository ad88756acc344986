/** Lists the webhooks that the API server demands an answer of, with their Services and endpoints. */

import type { WebhookFacts, WebhookService } from '../../domain/upgrade/preflight/webhooks.ts';
import { isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { ObjectMeta } from '../client/objects.ts';
import { type ResourceKind, resourceOf } from '../client/resource.ts';
import { bundleEndMs } from './certificate-end.ts';

interface ClientConfig {
  readonly service?: { readonly namespace?: string; readonly name?: string } | null;
  readonly caBundle?: string | null;
}

interface AdmissionConfiguration {
  readonly metadata?: ObjectMeta;
  readonly webhooks?:
    | readonly {
        readonly name?: string;
        readonly failurePolicy?: string;
        readonly clientConfig?: ClientConfig;
        readonly rules?: readonly { readonly resources?: readonly string[] | null }[] | null;
      }[]
    | null;
}

interface CustomResource {
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly conversion?: {
      readonly strategy?: string;
      readonly webhook?: { readonly clientConfig?: ClientConfig } | null;
    } | null;
  };
}

interface EndpointSlice {
  readonly endpoints?:
    | readonly { readonly nodeName?: string; readonly conditions?: { readonly ready?: boolean | null } | null }[]
    | null;
}

interface Demand {
  readonly name: string;
  readonly client: ClientConfig;
  readonly isAboutPodsOrNodes: boolean;
}

const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1', namespace: null } as const;
const VALIDATING: ResourceKind = { ...ADMISSION, plural: 'validatingwebhookconfigurations' };
const MUTATING: ResourceKind = { ...ADMISSION, plural: 'mutatingwebhookconfigurations' };
const CUSTOM: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  namespace: null,
};
/** A definition may have a megabyte. */
const DEFINITIONS_PAGE = 50;
const SERVICE_LABEL = 'kubernetes.io/service-name';
const WATCHED = ['pods', 'nodes', '*', '*/*'];

export async function listWebhooks(cluster: ClusterConnection): Promise<readonly WebhookFacts[]> {
  const demands = [
    ...(await admissionDemands(cluster, VALIDATING, 'ValidatingWebhookConfiguration')),
    ...(await admissionDemands(cluster, MUTATING, 'MutatingWebhookConfiguration')),
    ...(await conversionDemands(cluster)),
  ];
  const services = new Map<string, WebhookService>();
  const found: WebhookFacts[] = [];
  for (const { name, client, isAboutPodsOrNodes } of demands) {
    const place = client.service ?? null;
    const key = `${place?.namespace ?? ''}/${place?.name ?? ''}`;
    const service = place === null ? null : (services.get(key) ?? (await serviceOf(cluster, place)));
    if (service !== null) services.set(key, service);
    found.push({ name, service, caNotAfterMs: bundleEndMs(client.caBundle ?? ''), isAboutPodsOrNodes });
  }
  return found;
}

async function admissionDemands(
  cluster: ClusterConnection,
  kind: ResourceKind,
  title: string,
): Promise<readonly Demand[]> {
  const found: Demand[] = [];
  for await (const { items } of resourceOf(cluster, kind).pages()) {
    for (const { metadata, webhooks } of items as readonly AdmissionConfiguration[]) {
      // The API server writes its default, Fail, into every object.
      const demanded = (webhooks ?? []).filter(({ failurePolicy }) => failurePolicy !== 'Ignore');
      found.push(
        ...demanded.map(({ name = '', clientConfig = {}, rules }) => ({
          name: `${title}/${metadata?.name ?? ''}/${name}`,
          client: clientConfig,
          isAboutPodsOrNodes: (rules ?? []).some(({ resources }) => resources?.some((one) => WATCHED.includes(one))),
        })),
      );
    }
  }
  return found;
}

async function conversionDemands(cluster: ClusterConnection): Promise<readonly Demand[]> {
  const found: Demand[] = [];
  for await (const { items } of resourceOf(cluster, CUSTOM).pages({ pageSize: DEFINITIONS_PAGE })) {
    for (const { metadata, spec } of items as readonly CustomResource[]) {
      if (spec?.conversion?.strategy !== 'Webhook') continue;
      const client = spec.conversion.webhook?.clientConfig ?? {};
      found.push({ name: `CustomResourceDefinition/${metadata?.name ?? ''}`, client, isAboutPodsOrNodes: false });
    }
  }
  return found;
}

async function serviceOf(
  cluster: ClusterConnection,
  { namespace = '', name = '' }: NonNullable<ClientConfig['service']>,
): Promise<WebhookService> {
  const services = resourceOf(cluster, { group: '', version: 'v1', plural: 'services', namespace });
  try {
    await services.get(name);
  } catch (error) {
    if (isRefused(error, 404)) return { namespace, name, exists: false, endpointNodes: [] };
    throw error;
  }
  const slices = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', namespace } as const;
  const nodes: string[] = [];
  for await (const { items } of resourceOf(cluster, slices).pages({ labelSelector: `${SERVICE_LABEL}=${name}` })) {
    for (const { endpoints } of items as readonly EndpointSlice[]) {
      const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
      nodes.push(...ready.map(({ nodeName = '' }) => nodeName));
    }
  }
  return { namespace, name, exists: true, endpointNodes: nodes };
}
