/** The part `connectivity` of the configuration. */

import { z } from 'zod';

import { duration, HTTP_URL, optionalText, text, toggle, wholeNumber } from './keys.ts';

const DAY_MS = 86_400_000;

const ConnectivityKeys = z.strictObject({
  enabled: toggle({ about: 'Keep the workflow `watchConnectivity` running for the cluster', fallback: true }),
  collectorUrl: text({
    about: 'Where the worker asks the collector for its verdict',
    allowed: 'an address such as http://vigilante-collector:8081',
    fallback: 'http://vigilante-collector:8081',
    matches: (value) => HTTP_URL.test(value),
  }),
  collectorCaFile: optionalText({
    about: "Certificate authority of the collector's certificate",
    allowed: 'the path of a PEM file',
    fallback: 'the public ones',
  }),
  interval: duration({ about: 'From one evaluation to the next', minMs: 100, maxMs: DAY_MS, fallback: '60s' }),
  failuresToAlarm: wholeNumber({
    about: 'Evaluations in a row that must fail before it is an alarm, and succeed before it is over',
    min: 1,
    max: 1_000,
    fallback: 3,
  }),
  restartHealing: toggle({
    about: 'Heal a Windows node again when its agents have alarmed',
    fallback: false,
  }),
});

export const ConnectivityConfigSchema = ConnectivityKeys.transform(({ interval: intervalMs, ...rest }) => ({
  ...rest,
  intervalMs,
}));
