// Compiled by `npm run typecheck`, never run: an exported options type is accepted whole by the method that it is of.
import type {
  AllOptions,
  CallOptions,
  CreateOptions,
  DeleteOptions,
  EnsureOptions,
  ErrorDetails,
  FetchOptions,
  Instance,
  InstanceEnsureOptions,
  InstanceManager,
  PlannedRequest,
  Profile,
  ProfileInput,
  ProfileManager,
  SaveAllOptions,
  SaveOptions,
  StartOptions,
} from '../../lib/index.js';
import { NotFoundError } from '../../lib/index.js';

declare const profiles: ProfileManager;
declare const profile: Profile;
declare const instances: InstanceManager;
declare const instance: Instance;
declare const input: Required<{ [K in keyof ProfileInput]: ProfileInput[K] | undefined }> & { name: string };
/** As a wrapper has it that passes on what it was not given: every property there, and undefined. */
type Passed<T> = { [K in keyof Required<T>]: T[K] | undefined };

declare const call: Passed<CallOptions>;
declare const all: Passed<AllOptions>;
declare const create: Passed<CreateOptions>;
declare const remove: Passed<DeleteOptions>;
declare const ensure: Passed<EnsureOptions>;
declare const ensureInstance: Passed<InstanceEnsureOptions>;
declare const fetch: Passed<FetchOptions>;
declare const save: Passed<SaveOptions>;
declare const saveAll: Passed<SaveAllOptions<Profile>>;
declare const rename: Passed<StartOptions>;
declare const details: Passed<ErrorDetails>;

await profiles.get('p', call);
await profiles.find('p', call);
await profiles.exists('p', call);
await profiles.all(all);
const { recursion: _, ...list } = all;
await profiles.names(list);
await profiles.create(input, create);
await profiles.ensure('p', input, ensure);
await profiles.saveAll([profile], saveAll);
await instances.ensure('web', { source: { type: 'none' } }, ensureInstance);
await profile.fetch(fetch);
await profile.save(save);
await profile.rename('q', rename);
await profile.delete(remove);
await instance.delete(remove);
new NotFoundError('gone', details);

/** A dry run tells a request, a run the model, and who does not know which it is gets either. */
(await profile.save()) satisfies Profile;
(await profile.save({ onConflict: 'mine', verify: false })) satisfies Profile;
(await profile.save({ dryRun: true })) satisfies PlannedRequest | undefined;
(await profile.save(save)) satisfies Profile | PlannedRequest | undefined;
(await profiles.ensure('p')) satisfies Profile;
(await profiles.ensure('p', {}, { dryRun: true })) satisfies PlannedRequest | undefined;
(await instances.ensure('web', { source: { type: 'none' } })) satisfies Instance;
(await instances.ensure('web', { source: { type: 'none' } }, { dryRun: true })) satisfies
  PlannedRequest | undefined;
// @ts-expect-error -- it may be a dry run
(await profile.save(save)) satisfies Profile;
