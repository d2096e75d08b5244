// Compiled by `npm run typecheck`, never run: each exported options type is accepted whole by its method.
import type {
  AddressFilter,
  AddressOptions,
  AddressWaitOptions,
  CopyOptions,
  CopyToOptions,
  CreateOptions,
  ExportOptions,
  Image,
  ImageAliasOptions,
  ImageCopyOptions,
  ImageCreateOptions,
  ImageExportOptions,
  ImageGetOptions,
  ImageManager,
  ImageOptions,
  ImportOptions,
  Instance,
  InstanceAllOptions,
  InstanceCopyOptions,
  InstanceDeleteOptions,
  InstanceInput,
  InstanceManager,
  InstancePublishOptions,
  InstanceStartError,
  InstanceState,
  MoveOptions,
  MoveToOptions,
  Operation,
  OtherClient,
  PowerOptions,
  PublishOptions,
  RestoreOptions,
  StartOptions,
  StateOptions,
  StopOptions,
  WaitForOptions,
} from '../../lib/index.js';

/** What a wrapper is given, and passes on. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a value of whatever type is the point
declare const given: <T>() => T;
declare const instance: Instance;
declare const instances: InstanceManager;
declare const image: Image;
declare const images: ImageManager;
declare const state: InstanceState;
declare const other: OtherClient;
declare const waits: { wait: boolean };

type Either<T> = T | Operation<T>;

(await instance.start({ ...given<PowerOptions>(), ...given<StartOptions>() })) satisfies Either<Instance>;
(await instance.start(waits)) satisfies Either<Instance>;
(await instance.start()) satisfies Instance;
(await instance.start({ wait: false })) satisfies Operation<Instance>;
(await instance.stop(given<StopOptions>())) satisfies Instance;
(await instance.stop(waits)) satisfies Either<Instance>;
(await instance.freeze(given<PowerOptions>())) satisfies Instance;
(await instance.unfreeze(given<PowerOptions>())) satisfies Instance;
(await instance.restart(given<StateOptions>())) satisfies Instance;
(await instance.setState('start', given<StateOptions & StartOptions>())) satisfies Either<Instance>;
(await instance.restore('snap', given<RestoreOptions>())) satisfies Either<Instance>;
(await instance.publish(given<InstancePublishOptions & StartOptions>())) satisfies Either<Image>;
(await instance.publish(given<PublishOptions>())) satisfies Image;
(await instance.publish(given<ImageOptions>())) satisfies Image;
(await instance.copy('new', given<InstanceCopyOptions & StartOptions>())) satisfies Either<Instance>;
(await instance.copy('new', given<CopyOptions>())) satisfies Instance;
(await instance.move(given<MoveOptions & StartOptions>())) satisfies Either<Instance>;
(await instance.rebuild('tiny', given<StartOptions>())) satisfies Either<Instance>;
(await instance.copyTo(other, given<CopyToOptions>())) satisfies Instance;
(await instance.moveTo(other, given<MoveToOptions>())) satisfies Instance;
(await instance.exportTo('file', given<ExportOptions>())) satisfies string;
(await instance.address(given<AddressWaitOptions>())) satisfies string;
(await instance.addresses(given<AddressOptions>())).length satisfies number;
(await instance.waitFor('ip', given<WaitForOptions>())) satisfies Instance;
(await instance.delete(given<InstanceDeleteOptions>())) satisfies void | Operation;
state.addresses(given<AddressFilter>()).length satisfies number;

// @ts-expect-error -- a plug is pulled after the time of a stop alone
await instance.freeze({ force: 'afterTimeout', timeout: 5 });
// @ts-expect-error -- to restart what is not running is no mistake to be forgiven
await instance.restart({ ifNeeded: true });

(await instances.all(given<InstanceAllOptions>())) satisfies Instance[];
(await instances.create(given<InstanceInput>(), given<CreateOptions>())) satisfies Either<Instance>;
(await instances.create(given<InstanceInput>(), { target: 'm2' })) satisfies Instance;
(await instances.import('file', given<ImportOptions & StartOptions>())) satisfies Either<Instance>;
(await instances.import('file', given<ImportOptions>())) satisfies Instance;

(await images.get('ab', given<ImageGetOptions>())) satisfies Image;
(await images.create('file', given<ImageCreateOptions & StartOptions>())) satisfies Either<Image>;
(await images.ensure('tiny', 'file', given<ImageCreateOptions>())) satisfies Image;
(await image.refresh(given<StartOptions>())) satisfies Either<Image>;
(await image.copyTo(other, given<ImageCopyOptions>())) satisfies Image;
(await image.addAlias('tiny', given<ImageAliasOptions>())) satisfies Image;
image.export(given<ImageExportOptions>());

declare const error: InstanceStartError;
error.instance satisfies Instance | undefined;
(await error.instance!.start()) satisfies Either<Instance>; // it may be of a client with `autoWait: false`
