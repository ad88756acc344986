/** Capabilities of Linux, by the number of their bit (include/uapi/linux/capability.h), without the prefix `CAP_`. */

export const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What containerd gives a container that asks for nothing; CRI-O gives a part of it. */
export const RUNTIME_DEFAULT: readonly Capability[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** Null for a word that is none. Kubernetes takes both spellings, `NET_RAW` and `CAP_NET_RAW`, in any case. */
export function parseCapability(text: string): Capability | null {
  const name = text.toUpperCase().replace(/^CAP_/, '');
  return CAPABILITIES.find((capability) => capability === name) ?? null;
}

/** Of a mask in hexadecimal digits, as `/proc/PID/status` has it. Bits of a newer kernel are called by their number. */
export function capabilitiesIn(mask: string): readonly string[] {
  const bits = BigInt(`0x${mask}`);
  const found: string[] = [];
  for (let bit = 0; bits >> BigInt(bit) > 0n; bit += 1) {
    if (((bits >> BigInt(bit)) & 1n) === 1n) found.push(CAPABILITIES[bit] ?? `CAP_${bit}`);
  }
  return found;
}
