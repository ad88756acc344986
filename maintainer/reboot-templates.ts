/** The pods that start a machine again: by nsenter into the host on Linux, as a HostProcess container on Windows. */

import type { PodTemplate } from '../kubernetes/maintenance/act-pod.ts';

export interface RebootSettings {
  readonly os: 'linux' | 'windows';
  readonly image: string;
}

const LINUX_COMMAND = ['nsenter', '--target', '1', '--mount', '--uts', '--ipc', '--net', '--pid', '--'];

export function rebootTemplate({ os, image }: RebootSettings): PodTemplate {
  return os === 'linux' ? linuxTemplate(image) : windowsTemplate(image);
}

function linuxTemplate(image: string): PodTemplate {
  return {
    spec: {
      hostPID: true,
      priorityClassName: 'system-node-critical',
      containers: [
        {
          name: 'reboot',
          image,
          command: [...LINUX_COMMAND, 'systemctl', 'reboot'],
          securityContext: { privileged: true },
        },
      ],
    },
  };
}

function windowsTemplate(image: string): PodTemplate {
  return {
    spec: {
      os: { name: 'windows' },
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      securityContext: { windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' } },
      containers: [{ name: 'reboot', image, command: ['shutdown.exe', '/r', '/t', '0'] }],
    },
  };
}
