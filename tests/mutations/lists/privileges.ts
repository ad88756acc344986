/** Faults in what is said of the privileges of workloads (M49 to M52). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, test = file.replace(/\.ts$/, '.test.ts')): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: test },
});

const DECLARED = 'config/privileges/declared-file.test.ts';
const JUDGED = 'domain/privileges/judgement.test.ts';

export const mutations: MutationList = [
  ...faultsOf(unit('domain/privileges/declaration.ts'), [
    ['M49', 'user.uid === 0 || ', ''],
    ['M49', 'privileged || hostRoot || ', 'privileged || '],
    ['M51', '(workload === null ? 0 : 2)', '(workload === null ? 0 : 8)'],
  ]),
  ...faultsOf(unit('config/privileges/declared-file.ts', DECLARED), [
    ['M49', ' && row.reason === null', ' && row.reason === undefined'],
    ['M49', 'if (first !== undefined) complain(at,', 'if (first === at) complain(at,'],
  ]),
  ...faultsOf(unit('config/privileges/declared-row.ts', DECLARED), [
    ['M49', 'if (capability === null) reader.fail', 'if (entry === null) reader.fail'],
  ]),
  ...faultsOf(unit('domain/privileges/observation.ts', JUDGED), [
    ['M50', 'if (processes.length > 0) {', 'if (processes.length > 1) {'],
    ['M50', 'const user = startedAs ?? {', 'const user = {'],
    ['M50', 'user.uid === 0 || privileged ? shared.bound', 'privileged ? shared.bound'],
    ['M50', '      ...capabilitiesIn(permitted),\n', ''],
  ]),
  ...faultsOf(unit('domain/privileges/judgement.ts'), [
    ['M50', "['more', 'undeclared', 'unknown']", "['more', 'undeclared']"],
    ['M51', "...(seen.hostRoot && !runs.hostRoot ? ['hostPath to /'] : []),", ''],
    ['M51', 'user.uid !== 0 && uid !== user.uid', 'user.uid !== 0 && uid === 0'],
  ]),
  ...faultsOf(unit('domain/privileges/report.ts'), [
    ['M52', 'rows: all.slice(0, ROWS_MAX)', 'rows: all'],
    ['M50', 'processesOf(facts.containerId, facts.node)', "processesOf(facts.containerId, '')"],
  ]),
  ...faultsOf(unit('agent/privileges/proc-files.ts'), [
    ['M50', 'range.inside + outside - range.first', 'outside - range.first'],
    [
      'M50',
      '(?:cri-containerd[-:]|crio-|docker-|libpod-)?',
      '(?:cri-containerd[-:]|crio-|crio-conmon-|docker-|libpod-)?',
    ],
  ]),
  ...faultsOf(unit('agent/privileges/process-reading.ts'), [
    ['M52', 'processes: processes.slice(0, PROCESSES_MAX)', 'processes'],
    ['M52', '(uid === 0 ? 128 : 0)', '0'],
  ]),
  ...faultsOf(unit('activities/privileges/processes.ts', 'activities/privileges/activities.test.ts'), [
    ['M50', 'read?.node === node ? read.processes : NONE', 'read?.processes ?? NONE'],
    ['M52', 'const PROBLEMS_MAX = 5;', 'const PROBLEMS_MAX = 50;'],
  ]),
  ...faultsOf(unit('maintainer/privileges-metrics.ts'), [
    ['M52', 'found === null || now() >= found.untilMs', 'found === null'],
  ]),
];
