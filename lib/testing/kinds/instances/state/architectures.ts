/** Those that the servers know, with the other names that they take for them. */
const names: Readonly<Record<string, string>> = {
  i686: 'i386 i586 386 x86 generic_32',
  x86_64: 'amd64 generic_64',
  armv6l: 'armel arm',
  armv7l: 'armhf armhfp armv7a_hardfp armv7 armv7a_vfpv3_hardfp',
  armv8l: '',
  aarch64: 'arm64 arm64_generic',
  ppc: 'powerpc',
  ppc64: 'powerpc64',
  ppc64le: 'ppc64el',
  s390x: '',
  mips: 'mipsel',
  mips64: 'mips64el',
  riscv32: '',
  riscv64: '',
};

const known = new Map<string, string>();
for (const [name, others] of Object.entries(names)) {
  for (const one of [name, ...others.split(' ').filter(Boolean)]) known.set(one, name);
}

/** The architecture that goes by this name; `undefined` if the servers know none. */
export function architectureOf(name: string): string | undefined {
  return known.get(name);
}

/** Is this the name of one that the servers know? */
export function isArchitecture(name: string): boolean {
  return Object.hasOwn(names, name);
}
