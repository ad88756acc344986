/** What is known of a payload that cannot be read. */

/** Stands for a payload that cannot be read: an unknown encoding, no encoding, or data that is not what it says. */
export class UnreadablePayload {
  readonly encoding: string | null;

  constructor(encoding: string | null) {
    this.encoding = encoding;
  }

  /** What an error or a log line shows of it. */
  toJSON(): string {
    return `a payload that cannot be read, ${this.encoding === null ? 'without an encoding' : `encoding ${this.encoding}`}`;
  }
}
