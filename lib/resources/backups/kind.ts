import { kind, type Kind, type KindRules } from '../kind/kind.js';
import { afterSlash } from '../kind/path.js';
import { formBody, type Form, type NewBackup } from './form.js';
import type { StoredBackup } from './stored.js';

/** A kind of backups: `F` is how one is made. */
export interface BackupKind<B extends StoredBackup, F extends object> extends Kind<B, NewBackup & F> {
  readonly form: Form<F>;
}

type Given<B extends StoredBackup, F extends object> = Pick<
  KindRules<B, NewBackup & F>,
  'name' | 'path' | 'model' | 'events' | 'cannot' | 'needs'
> & { readonly form: Form<F> };

/** Declares the backups of something. */
export function backupKind<B extends StoredBackup, F extends object>({
  form,
  ...given
}: Given<B, F>): BackupKind<B, F> {
  const declared = kind<B, NewBackup & F>({
    ...given,
    key: { listed: afterSlash },
    writes: { partial: false }, // nothing of one can be written
    filter: 'none',
    chosen: { told: ['backups'], always: true },
    inputs: Object.keys(form) as (keyof F & string)[],
    body: (body, input) => ({ ...body, ...formBody<F>(input, form) }),
  });
  return { ...declared, form };
}
