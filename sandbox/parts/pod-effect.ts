/** What a pod on a simulated node does, as an expression that kwok computes. */

import { ATTEMPT_LABEL } from '../../contracts/healing/names.ts';
import { BEHAVIOUR_LABEL, DIALLING_BEHAVIOURS, LATE_PREFIX, SNAT_PREFIX, ZONE_PREFIX } from '../behaviour.ts';
import { PROBE_PREFIX } from '../probing-pods/probing-pod.ts';

/** It is shown by what runs its processes. */
const STATIC_POD = '.metadata.annotations["kubernetes.io/config.source"] == "file"';

/**
 * What the pod does, computed from the pod alone. It is the behaviour of its node: a late one depends on the pod's age, a
 * flapping one on the parity of its attempt. Anything but the values below gets no stage: the pod stays as it was bound,
 * or until the player ends it, where it dials an echo (sandbox/probing-pods/play.ts).
 */
export const POD_EFFECT = [
  `(.metadata.labels["${BEHAVIOUR_LABEL}"] // "proving") as $label`,
  `| (if $label | startswith("${ZONE_PREFIX}") then "proving" else $label end) as $behaviour`,
  `| (.spec.containers | all(.name | startswith("${PROBE_PREFIX}"))) as $probing`,
  `| ($behaviour | startswith("${SNAT_PREFIX}") or ${DIALLING_BEHAVIOURS.map((one) => `. == "${one}"`).join(' or ')}) as $dialling`,
  `| ($behaviour | startswith("${LATE_PREFIX}")) as $late | (${STATIC_POD}) as $static`,
  '| if $static or ($probing and ($dialling or $late or $behaviour == "proving")) then "nothing"',
  '  elif $dialling then "proving"',
  '  elif $late then',
  `    (if (.metadata.creationTimestamp | fromdate) >= ($behaviour | ltrimstr("${LATE_PREFIX}") | tonumber)`,
  '     then "proving" else "nothing" end)',
  '  elif $behaviour == "flapping" then',
  `    (if ((.metadata.labels["${ATTEMPT_LABEL}"] // "0") | tonumber) % 2 == 0 then "proving" else "nothing" end)`,
  '  else $behaviour end',
].join('\n');
