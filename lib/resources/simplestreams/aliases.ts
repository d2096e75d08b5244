import { InvalidInputError, NotFoundError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import { kernelArchitecture, nativeArchitecture } from './architectures.js';
import type { ListedImage } from './list.js';

/** A name of an image server: it means one image for each type and architecture. */
export interface SimpleStreamsAlias {
  name: string;
  type: InstanceType;
  architecture: string;
  /** The image's fingerprint. */
  target: string;
}

/** Which of the images that a name means. */
export interface AliasChoice {
  /** The container without it, if there are both. */
  type?: InstanceType | undefined;
  /** By either name (`x86_64`, `amd64`); this machine's without it, if there are several. */
  architecture?: string | undefined;
}

/** What the servers leave off at the beginning of names there. */
const ownSystem: Record<string, string> = { 'https://cloud-images.ubuntu.com': 'ubuntu/' };

/** Every name with and without the architecture; the first image, which is the newest, has it. */
export function listAliases(images: readonly ListedImage[], server: string): SimpleStreamsAlias[] {
  const prefix = Object.entries(ownSystem).find(([url]) => server.startsWith(url))?.[1] ?? '';
  const found = new Map<string, SimpleStreamsAlias>();
  for (const { names, type, architecture, fingerprint, properties } of images) {
    for (const full of names) {
      const short = prefix && full.startsWith(prefix) ? full.slice(prefix.length) : full;
      for (const name of [short, `${short}/${properties.architecture ?? architecture}`]) {
        const key = `${name}\0${type}\0${architecture}`;
        if (!found.has(key)) found.set(key, { name, type, architecture, target: fingerprint });
      }
    }
  }
  return [...found.values()];
}

/** The one alias that is meant. @throws NotFoundError; InvalidInputError where it cannot be told which */
export function chooseAlias(
  aliases: readonly SimpleStreamsAlias[],
  name: string,
  { type, architecture }: AliasChoice,
  server: string,
): SimpleStreamsAlias {
  const wanted = architecture === undefined ? undefined : kernelName(architecture);
  const named = aliases.filter((alias) => alias.name === name);
  const fitting = named.filter(
    (alias) => (type ?? alias.type) === alias.type && (wanted ?? alias.architecture) === alias.architecture,
  );
  if (fitting.length === 0) throw notFound(named, name, server);
  const types = preferred(fitting, ({ type: its }) => its === 'container');
  const native = preferred(types, (alias) => alias.architecture === nativeArchitecture);
  if (native.length === 1) return native[0]!;
  const offered = native.map((alias) => alias.architecture).join(', ');
  throw new InvalidInputError(`'${name}' is there for ${offered}: pass { architecture }`);
}

/** The kernel's name. @throws InvalidInputError */
export function kernelName(architecture: unknown): string {
  const name = typeof architecture === 'string' ? kernelArchitecture(architecture) : undefined;
  if (name !== undefined) return name;
  throw new InvalidInputError(
    `architecture must be one such as 'x86_64' or 'arm64', not ${describe(architecture)}`,
  );
}

function preferred<T>(items: T[], wanted: (item: T) => boolean): T[] {
  const found = items.filter(wanted);
  return found.length > 0 ? found : items;
}

function notFound(named: readonly SimpleStreamsAlias[], name: string, server: string): NotFoundError {
  const offered = named.map(({ type, architecture }) => `${type} ${architecture}`).join(', ');
  const but = offered ? `; it is there as ${offered}` : '';
  return new NotFoundError(`${server} has no such image with the alias '${name}'${but}`, { status: 404 });
}
