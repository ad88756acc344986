/** The values of kured's Helm chart as our configuration, and what of them has no counterpart. */

import { formatDuration } from '../../config/schema/keys.ts';
import { isRecord } from '../../contracts/shape.ts';
import { formatLabelMatcher } from '../../domain/maintenance/label-matchers.ts';
import { WEEKDAYS } from '../../domain/maintenance/windows.ts';
import { WITHOUT_COUNTERPART } from './kured-notes.ts';
import { goDurationMs, kuredDay, kuredTime } from './kured-times.ts';

export interface KuredReading {
  /** The part `maintenance` of our configuration. */
  readonly maintenance: object;
  /** For people: what has no counterpart, or means something else. */
  readonly notes: readonly string[];
}

/** What the chart sets where the values do not. */
const CHART_SELECTOR = { 'kubernetes.io/os': 'linux' };
const DEFAULT_SENTINEL = '/var/run/reboot-required';
const SECRETS = ['slackHookUrl', 'notifyUrl'];
const DEFAULT_COMMANDS = ['/bin/systemctl reboot', 'systemctl reboot'];

/** Null where these are no values of a chart. */
export function readKuredValues(values: unknown): KuredReading | null {
  const outer = values ?? {};
  // As a subchart its values are under its name.
  const chart = isRecord(outer) && isRecord(outer['kured']) ? outer['kured'] : outer;
  if (!isRecord(chart)) return null;
  const given = new Given(chart);
  const count = given.number('concurrency') ?? 1;
  const executor = 'reboot-linux';
  const selector = Object.entries(isRecord(chart['nodeSelector']) ? chart['nodeSelector'] : CHART_SELECTOR)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
  const deadline = given.duration('drainTimeout');
  const settle = given.duration('lockReleaseDelay');
  const maintenance = {
    enabled: true,
    budget: { cluster: { percent: 100, count }, groups: [{ name: 'kured', selector, max: count }] },
    ...(deadline === null ? {} : { drain: { deadline } }),
    ...(settle === null ? {} : { prove: { settle } }),
    gates: { alerts: alertsOf(given) },
    // Refused until somebody has named one.
    executors: { [executor]: { kind: 'reboot', image: '' } },
    reboots: rebootsOf(given, executor),
  };
  return { maintenance, notes: [...given.notes, ...given.unread()] };
}

function rebootsOf(given: Given, executor: string): object {
  const command = given.text('rebootCommand');
  if (command !== null && !DEFAULT_COMMANDS.includes(command)) {
    given.note(`rebootCommand: ${command}: write a pod template that runs it, as an executor of kind pod`);
  }
  const sentinelCommand = given.text('rebootSentinelCommand');
  if (sentinelCommand !== null) {
    given.note(
      `rebootSentinelCommand: ${sentinelCommand}: there is no such command, because it would need root on every node at all times; a timer on the node runs it and writes the sentinel file`,
    );
  }
  const sentinel = given.text('rebootSentinel') ?? DEFAULT_SENTINEL;
  given.note(`rebootSentinel: ${sentinel}: give the agents its folder read-only, and their flag -sentinel`);
  given.note('image: name an image with nsenter for the pod that reboots a node');
  const interval = given.duration('period');
  const blockingPods = given.texts('blockingPodSelector');
  return {
    enabled: true,
    executor,
    windows: windowsOf(given),
    ...(interval === null ? {} : { interval }),
    ...(blockingPods.length === 0 ? {} : { blockingPods }),
  };
}

function windowsOf(given: Given): readonly object[] {
  const [startText, endText, zone] = [given.text('startTime'), given.text('endTime'), given.text('timeZone')];
  const dayTexts = given.texts('rebootDays');
  if (startText === null && endText === null && dayTexts.length === 0) return [];
  const days = dayTexts.map((text) => kuredDay(text) ?? given.wrong('rebootDays', text));
  const start = kuredTime(startText ?? '0:00') ?? given.wrong('startTime', startText);
  const end = kuredTime(endText ?? '23:59') ?? given.wrong('endTime', endText);
  if (start !== null && end !== null && end <= start) {
    given.note(
      `endTime: ${end} is not after startTime ${start}: kured never reboots then, here the window lasts over midnight`,
    );
  }
  if (zone === 'Local') given.note('timeZone: Local: name the time zone, such as Europe/Berlin');
  return [
    {
      days: days.length === 0 ? WEEKDAYS : days.filter((day) => day !== null),
      start: start ?? '00:00',
      // Of kured's default, the last minute of the day.
      end: end === null || end === '23:59' ? '24:00' : end,
      timeZone: zone === null || zone === 'Local' ? 'UTC' : zone,
    },
  ];
}

function alertsOf(given: Given): object {
  const url = given.text('prometheusUrl');
  const [pattern, matchOnly] = [given.text('alertFilterRegexp'), given.flag('alertFilterMatchOnly')];
  const firingOnly = given.flag('alertFiringOnly');
  if (url === null) return { source: 'none' };
  if (!firingOnly) given.note('alertFiringOnly: false: pending alerts do not count here, since they come and go');
  given.note(
    'prometheusUrl: here an alert named Watchdog must fire at all times, or gates.alerts.heartbeat names another',
  );
  // Of a regular expression of Go that fits anywhere in the name.
  const filter = { label: 'alertname', operator: matchOnly ? '=~' : '!~', value: `.*(?:${pattern ?? ''}).*` } as const;
  return { source: 'prometheus', url, match: pattern === null ? [] : [formatLabelMatcher(filter)] };
}

/** What the values say, by key; notes what is not read. */
class Given {
  readonly notes: string[] = [];
  readonly #values: Map<string, unknown>;

  /** Flags in `extraArgs` go before `configuration`, as in the DaemonSet that the chart makes. */
  constructor({ configuration, extraArgs }: Readonly<Record<string, unknown>>) {
    const flags = Object.entries(isRecord(extraArgs) ? extraArgs : {});
    const camel = (flag: string) => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    this.#values = new Map([
      ...Object.entries(isRecord(configuration) ? configuration : {}),
      ...flags.map(([flag, value]) => [camel(flag), value] as const),
    ]);
  }

  /** Null where it is missing, empty or 0: each is kured's default. */
  text(key: string): string | null {
    const value = this.#take(key);
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    return value === '' || value === 0 ? null : String(value);
  }

  texts(key: string): readonly string[] {
    const value = this.#take(key);
    const list: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
    return list.map((one) => String(one).trim()).filter((one) => one !== '');
  }

  flag(key: string): boolean {
    return String(this.#take(key)) === 'true';
  }

  number(key: string): number | null {
    const number = Number(this.text(key) ?? Number.NaN);
    return Number.isSafeInteger(number) && number > 0 ? number : null;
  }

  /** As we write it. */
  duration(key: string): string | null {
    const text = this.text(key);
    if (text === null) return null;
    const ms = goDurationMs(text);
    return ms === null ? this.wrong(key, text) : formatDuration(ms);
  }

  note(message: string): void {
    this.notes.push(message);
  }

  wrong(key: string, text: string | null): null {
    this.note(`${key}: ${text}: kured does not take it either, it is left out`);
    return null;
  }

  /** A line for each key that is set and was not asked for. */
  unread(): readonly string[] {
    return [...this.#values.entries()]
      .filter(([, value]) => !isDefault(value))
      .map(
        ([key, value]) =>
          `${key}: ${SECRETS.includes(key) ? 'a secret' : shown(value)}: ${WITHOUT_COUNTERPART[key] ?? 'there is no counterpart'}`,
      );
  }

  #take(key: string): unknown {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || value === '' || value === 0 || value === false || value === '0';
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
