/**
 * The connection to Temporal as it is now. Clients hold on to the link; when certificates change it gets another
 * connection, and the old one is closed.
 */

import type { ConnectionLike } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

/** What requests need of a connection. */
export type TemporalRequests = Pick<ConnectionLike, 'withDeadline' | 'workflowService' | 'operatorService'>;

export class TemporalLink implements ConnectionLike {
  readonly plugins: ConnectionLike['plugins'] = [];
  readonly #listeners = new Set<(connection: NativeConnection) => void>();
  #connection: NativeConnection;

  constructor(connection: NativeConnection) {
    this.#connection = connection;
    links.set(connection, this);
  }

  get connection(): NativeConnection {
    return this.#connection;
  }

  get workflowService(): ConnectionLike['workflowService'] {
    return this.#connection.workflowService;
  }

  get operatorService(): ConnectionLike['operatorService'] {
    return this.#connection.operatorService;
  }

  /** Workers hold a connection of their own, and must have changed it when the listener returns. */
  onReplaced(listener: (connection: NativeConnection) => void): void {
    this.#listeners.add(listener);
  }

  async replace(next: NativeConnection): Promise<void> {
    const previous = this.#connection;
    this.#connection = next;
    links.set(next, this);
    for (const listener of this.#listeners) listener(next);
    await previous.close();
  }

  async ensureConnected(): Promise<void> {
    await this.#connection.ensureConnected();
  }

  withDeadline<R>(deadline: number | Date, run: () => Promise<R>): Promise<R> {
    return this.#connection.withDeadline(deadline, run);
  }

  withMetadata<R>(...[metadata, run]: [Parameters<ConnectionLike['withMetadata']>[0], () => Promise<R>]): Promise<R> {
    return this.#connection.withMetadata(metadata, run);
  }

  withAbortSignal<R>(signal: AbortSignal, run: () => Promise<R>): Promise<R> {
    return this.#connection.withAbortSignal(signal, run);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

const links = new WeakMap<NativeConnection, TemporalLink>();

/** The link that a connection was made for, so that who was given a connection can follow it; null for others. */
export function linkOf(connection: NativeConnection): TemporalLink | null {
  return links.get(connection) ?? null;
}
