/** Which image a healing pod has where the file names none. */

import { expect, test } from '@jest/globals';
import { DEFAULT_POD_IMAGE, defaultPodImage, PROBING_POD_IMAGES } from './pod-image.ts';

test.each([
  ['10.0.20348', /\/nanoserver:ltsc2022$/],
  ['10.0.26100', /\/nanoserver:ltsc2025$/],
])('E2: a pod that asks an echo has the nanoserver that the build %s has already', (build, image) => {
  expect(defaultPodImage('source-address', build)).toMatch(image);
});

test.each([['10.0.17763'], ['10.0.20348.1'], ['constructor'], [''], [undefined]])(
  'E2: on the build %s it has the pause image, which has the same curl',
  (build) => {
    expect(defaultPodImage('source-address', build)).toBe(DEFAULT_POD_IMAGE);
  },
);

test.each(['none', 'pod-ip', 'sandbox'] as const)(
  'H4: with evidence %s it is the pause image on every build',
  (evidence) => {
    for (const build of ['10.0.20348', '10.0.26100', undefined]) {
      expect(defaultPodImage(evidence, build)).toBe(DEFAULT_POD_IMAGE);
    }
  },
);

test('H4: an admission policy can list every image that is a default', () => {
  const defaults = ['10.0.20348', '10.0.26100'].map((build) => defaultPodImage('source-address', build));
  expect(defaults.toSorted()).toEqual([...PROBING_POD_IMAGES].toSorted());
});
