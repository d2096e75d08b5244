import { arch } from 'node:process';

/** The kernel's names of architectures, as LXD and Incus use them, and the others under which each goes. */
const known: Record<string, readonly string[]> = {
  i686: ['i386', 'i586', '386', 'x86', 'generic_32'],
  x86_64: ['amd64', 'generic_64'],
  armv6l: ['armel', 'arm'],
  armv7l: ['armhf', 'armhfp', 'armv7', 'armv7a_hardfp', 'armv7a_vfpv3_hardfp'],
  armv8l: [],
  aarch64: ['arm64', 'arm64_generic'],
  ppc: ['powerpc'],
  ppc64: ['powerpc64'],
  ppc64le: ['ppc64el'],
  s390x: [],
  mips: ['mipsel', 'mipsle'],
  mips64: ['mips64el', 'mips64le'],
  riscv32: [],
  riscv64: [],
  loongarch64: ['loong64'],
};

const byName = new Map(
  Object.entries(known).flatMap(([kernel, others]) => [kernel, ...others].map((name) => [name, kernel])),
);

/** The kernel's name of an architecture (`amd64` → `x86_64`); undefined for one that neither product knows. */
export function kernelArchitecture(name: string): string | undefined {
  return byName.get(name);
}

const ofNode: Partial<Record<typeof arch, string>> = {
  arm: 'armv7l',
  arm64: 'aarch64',
  ia32: 'i686',
  loong64: 'loongarch64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x86_64',
};

/** This machine's. */
export const nativeArchitecture = ofNode[arch];
