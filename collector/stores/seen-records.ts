/** Turns what a shared store holds and tells into changes of records: knows which names are there, skips what is not readable. */

import { messageOf } from '../../runtime/log.ts';
import type { AgentRecord, RecordChange } from '../report-store.ts';

export interface StoredValue<Value> {
  readonly name: string;
  readonly value: Value;
}

export interface SeenRecords<Value = string> {
  /** The content when the store was opened; nothing is told. */
  first(values: readonly StoredValue<Value>[]): AgentRecord[];
  set(name: string, value: Value): void;
  removed(name: string): void;
  /** The whole content after a gap: what is no longer in it was removed. */
  listed(values: readonly StoredValue<Value>[]): void;
}

export interface SeenRecordsOptions<Value> {
  /** Throws an `Error` that says why it is no record of that name. */
  readonly parse: (value: Value, name: string) => AgentRecord;
  /** For the messages. */
  readonly place: string;
  readonly onChange: (change: RecordChange) => void;
  readonly onProblem: (message: string) => void;
}

export function createSeenRecords<Value>(options: SeenRecordsOptions<Value>): SeenRecords<Value> {
  const { parse, place, onChange, onProblem } = options;
  const names = new Set<string>();

  function read({ name, value }: StoredValue<Value>): AgentRecord | null {
    try {
      return parse(value, name);
    } catch (error) {
      onProblem(`the record ${JSON.stringify(name)} in ${place} cannot be read: ${messageOf(error)}`);
      return null;
    }
  }

  function removed(name: string): void {
    names.delete(name);
    onChange({ kind: 'removed', name });
  }

  function set(name: string, value: Value): void {
    const record = read({ name, value });
    if (record === null) return;
    names.add(name);
    onChange({ kind: 'set', record });
  }

  return {
    first(values) {
      const records = values.map(read).filter((record) => record !== null);
      for (const { name } of records) names.add(name);
      return records;
    },
    set,
    removed,
    listed(values) {
      const present = new Set(values.map(({ name }) => name));
      for (const name of [...names].filter((name) => !present.has(name))) removed(name);
      for (const { name, value } of values) set(name, value);
    },
  };
}
