/** The store that the configuration names. */

import type { Config } from '../../config/schema/config.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { ClusterConnection } from '../../kubernetes/client/connection.ts';
import { createCustomResourceStore } from './custom-resource-store.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { createEtcdStore } from './etcd-store.ts';
import type { ReportStore } from './report-store.ts';

export interface ReportStoreDeps {
  /** For custom resources; stays open when the store is closed. */
  readonly connection: ClusterConnection;
  /** A record that cannot be read, or an outage that begins; one line. */
  readonly onProblem: (message: string) => void;
  /** For metrics: so many records were written together. */
  readonly onCommit?: (recordCount: number) => void;
}

export function createReportStore({ collector }: Pick<Config, 'collector'>, deps: ReportStoreDeps): ReportStore {
  const { store, reportTtlMs } = collector;
  const { connection, ...hooks } = deps;
  switch (store.kind) {
    case 'embedded':
      return createEmbeddedStore({ path: store.path, ...hooks });
    case 'etcd': {
      const { endpoints, tree, certificateFile, keyFile, caFile, timeoutMs } = store.etcd;
      const files = {
        certificateFile: certificateFile ?? null,
        keyFile: keyFile ?? null,
        caFile: caFile ?? null,
      };
      return createEtcdStore({ endpoints, tree, ...files, timeoutMs, recordTtlMs: reportTtlMs, ...hooks });
    }
    case 'custom-resources': {
      const namespace = store.namespace ?? connection.namespace ?? 'default';
      return createCustomResourceStore({ connection, namespace, ...hooks });
    }
    default:
      return assertNever(store.kind);
  }
}
