/** Turns the content of a shared store into changes of records: knows which names are there, skips what is not readable. */

import { messageOf } from '../../domain/error-message.ts';
import type { AgentRecord, ChangeListener } from './report-store.ts';

export interface SeenRecords<Value = string> {
  set(name: string, value: Value): void;
  removed(name: string): void;
  /** Begins a list of the whole content, which comes in pages. */
  list(): SeenListing<Value>;
}

export interface SeenListing<Value> {
  set(name: string, value: Value): void;
  /** What was not in the list was removed. */
  end(): void;
}

export interface SeenRecordsOptions<Value> {
  /** Throws an `Error` that says why it is no record of that name. */
  readonly parse: (value: Value, name: string) => AgentRecord;
  /** For the messages. */
  readonly place: string;
  readonly onChange: ChangeListener;
  readonly onProblem: (message: string) => void;
}

export function createSeenRecords<Value>(options: SeenRecordsOptions<Value>): SeenRecords<Value> {
  const { parse, place, onChange, onProblem } = options;
  /** Names of records that were given away. */
  const names = new Set<string>();

  function read(name: string, value: Value): AgentRecord | null {
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
    const record = read(name, value);
    if (record !== null && onChange({ kind: 'set', record })) names.add(name);
  }

  return {
    set,
    removed,
    list() {
      const present = new Set<string>();
      return {
        set(name, value) {
          present.add(name);
          set(name, value);
        },
        end() {
          for (const name of names) if (!present.has(name)) removed(name);
        },
      };
    },
  };
}
