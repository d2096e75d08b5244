const known = new Set(
  'i686 x86_64 armv6l armv7l armv8l aarch64 ppc ppc64 ppc64le s390x mips mips64 riscv32 riscv64'.split(' '),
);

/** Is this one that the servers know? */
export function isArchitecture(name: string): boolean {
  return known.has(name);
}
