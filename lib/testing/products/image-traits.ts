import type { Refusal } from '../state/refusal.js';

/** Where the two differ about images. */
export interface ImageTraits {
  /** How it speaks with other servers; its own way comes first. */
  readonly protocols: readonly string[];
  /** Those of which it cannot note that an image came so under a name: it is there then, and the operation fails. */
  readonly unnoted: readonly string[];
  /** Does fetching an image tell of it by itself, before who asked for it does? */
  readonly announcesDownloads: boolean;
  /** Is it told which aliases come and go with an image? */
  readonly announcesAliases: boolean;
  /** Does a fetched image get the profiles that were asked for? LXD overlooks them, even those that are not there. */
  readonly setsProfiles: boolean;
  /** Does an image that was there already want its own aliases again, where none are asked for? */
  readonly repeatsAliases: boolean;
  /** Are guests told of no project but the default one? */
  readonly guestsHaveOneProject: boolean;
  /** How an operation names an image. */
  readonly url: (project: string, fingerprint: string) => string;
  /** What it says of an image that is not for guests, by what they asked for and the whole fingerprint. */
  readonly hidden: (asked: string, fingerprint: string) => string;
  /** Before what is wrong with another server. */
  readonly notConnected: (url: string) => string;
  /** Of a server whose certificate is not known. */
  readonly unknownAuthority: string;
  /** Of a file that an image server lists and has not. */
  readonly missingFile: string;
  /** What a push fails with where the import at the other end has failed. */
  readonly importFailed: (problem: string) => Refusal;
}
