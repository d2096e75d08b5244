import type { Product } from '../products/product.js';

/** What the server would say of an instance's name; `undefined` when it takes it. */
export function nameProblem(product: Product, name: string): string | undefined {
  if (name.includes('/')) return 'The character "/" is reserved for snapshots';
  const problem = hostnameProblem(product, name);
  return problem && `Invalid instance name: ${problem}`;
}

/** The same of any name that is one of a host. */
export function hostnameProblem(product: Product, name: string): string | undefined {
  if (name.length < 1 || name.length > 63) return 'Name must be 1-63 characters long';
  if (name.startsWith('-')) return 'Name must not start with "-" character';
  if (name.endsWith('-')) return 'Name must not end with "-" character';
  if (/^\d/.test(name) && product.name === 'lxd') return 'Name must not start with a number';
  return /^[-a-zA-Z0-9]+$/.test(name)
    ? undefined
    : 'Name can only contain alphanumeric and hyphen characters';
}

/** The same of a name that can stand where addresses do: it begins with nothing that means more there. */
export function subjectNameProblem(product: Product, name: string): string | undefined {
  if (!name) return 'Name is required';
  const start = /^[@#]/.exec(name)?.[0];
  return start ? `Name cannot start with reserved character '${start}'` : hostnameProblem(product, name);
}
