/** The two products that the fake can be. */
export type ProductName = 'lxd' | 'incus';

/**
 * What several kinds ask of LXD 5.0.2 and Incus 6.0.4, as seen on the real ones. Where else they differ stands
 * beside what it concerns, as `quirks` by the name of the product.
 */
export interface Product {
  readonly name: ProductName;
  readonly title: string;
  readonly version: string;
  readonly extensions: readonly string[];
  /** Of its own headers, e.g. `x-lxd-`. */
  readonly headerPrefix: string;
  /** Do its profiles and images name their project? */
  readonly namesProject: boolean;
  /** Is the filter typed (Incus), or a comparison of texts (LXD 5.0)? */
  readonly typedFilter: boolean;
  /** The `resources` of an operation without any. */
  readonly noResources: Record<string, string[]> | null;
  /** The URL of a thing in lists and `Location`. */
  url(project: string, path: readonly string[]): string;
}
