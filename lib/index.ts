export { Client, type ClientOptions, type ConnectClientOptions, type RequestOptions } from './client.js';
export {
  addRemote,
  createIdentity,
  remotes,
  type AcceptCertificate,
  type AddRemoteOptions,
  type AuthorizationOptions,
  type ClientIdentity,
  type ConnectOptions,
  type CreateIdentityOptions,
  type Credentials,
  type CredentialsSource,
  type OfferedCertificate,
  type OidcOptions,
  type OidcTokens,
  type OidcTokenStore,
  type OidcVerification,
  type Passphrase,
  type Product,
  type Remote,
  type RemotesOptions,
} from './connect/index.js';
export {
  AbortedError,
  AlreadyExistsError,
  BadRequestError,
  BusyError,
  CertificateError,
  ClosedError,
  ConflictError,
  ConnectionError,
  DeletedError,
  EventsMissedError,
  ExecError,
  ForbiddenError,
  IntegrityError,
  InUseError,
  InvalidInputError,
  isLxdError,
  LocalFileError,
  LoginError,
  LxdError,
  MaxBufferError,
  MissingPackageError,
  NotFetchedError,
  NotFoundError,
  OperationCancelledError,
  OperationError,
  OperationExpiredError,
  PreconditionFailedError,
  ProtocolError,
  ReadOnlyError,
  ResponseError,
  SaveConflictError,
  ServerError,
  TimeoutError,
  TransferError,
  TrustTokenError,
  UnauthorizedError,
  UnavailableError,
  UnsupportedError,
  UsageError,
  type CertificateFingerprints,
  type Conflict,
  type ConnectionAttempt,
  type ErrorDetails,
  type ExecErrorDetails,
  type LoginFailure,
  type OperationErrorDetails,
  type PlannedRequest,
  type TransferReport,
} from './errors/index.js';
export {
  Events,
  type EventFilter,
  type EventName,
  type EventStream,
  type Heard,
  type LifecycleMetadata,
  type ListenerName,
  type ListenOptions,
  type MetadataByType,
  type ServerEvent,
} from './events/index.js';
export {
  Operation,
  type OperationData,
  type OperationOptions,
  type Ended,
  type OperationState,
  type WaitOptions,
  type Progress,
  type StartOptions,
  type AutoWait,
  type WithAutoWait,
  type WaitOf,
  type LikeOf,
  type PlainOf,
} from './operations/index.js';
export {
  Manager,
  Model,
  ModelSaveError,
  SaveAllError,
  type AllOptions,
  type CallOptions,
  type Change,
  type DeleteOptions,
  type Depth,
  type FetchOptions,
  type ModelClass,
  type OnConflict,
  type SaveAllOptions,
  type SaveAllProgress,
  type SaveAllResult,
  type SaveOptions,
} from './orm/index.js';
export { ImageAlias, type AliasTarget, type ImageAliasCreate } from './resources/images/alias.js';
export { ImageAliasManager, type ImageAliasUpdate } from './resources/images/aliases.js';
export type { ImageCopyMode, ImageCopyOptions } from './resources/images/copy.js';
export type { ImageExportOptions, ImageFiles, ImagePart } from './resources/images/export.js';
export { ImageAliasName, ImageUpdateSource } from './resources/images/fields.js';
export { Image, type ImageAliasOptions } from './resources/images/image.js';
export { ImageManager, type ImageGetOptions } from './resources/images/manager.js';
export type { ImageAliasInput, ImageCreateOptions, ImageOptions } from './resources/images/options.js';
export type { PublishOptions } from './resources/images/publish.js';
export type {
  ImageAtUrl,
  ImageOfInstance,
  ImageOfSnapshot,
  ImageProtocol,
  ImageSourceInput,
  ImageUpload,
  ImageWithSource,
  RemoteImage,
  SplitImage,
} from './resources/images/source.js';
export type { ExportOptionsOf } from './resources/backups/export.js';
export type { BackupCompression, NewBackup } from './resources/backups/form.js';
export { BackupManager } from './resources/backups/manager.js';
export { StoredBackup, type BackupDownloadOptions } from './resources/backups/stored.js';
export {
  Backup,
  type BackupForm,
  type BackupInput,
  type ExportOptions,
} from './resources/instances/backup.js';
export type { ImportOptions } from './resources/instances/import.js';
export type { ConsoleOptions, VgaOptions } from './resources/instances/console/options.js';
export { ConsoleSession } from './resources/instances/console/session.js';
export { VgaConsole } from './resources/instances/console/vga.js';
export type { ExecText } from './resources/instances/exec/exec.js';
export type { ExecInput, ExecOptions } from './resources/instances/exec/options.js';
export type { ExecResult } from './resources/instances/exec/outcome.js';
export { ExecProcess, type IterableOptions } from './resources/instances/exec/process.js';
export type { Terminal } from './resources/instances/exec/terminal.js';
export {
  FileAccess,
  type FileData,
  type MakeDirectoryOptions,
  type ReadFileOptions,
  type RemoveOptions,
  type WriteFileOptions,
  type WriteStreamOptions,
} from './resources/files/files.js';
export { InstanceFiles } from './resources/instances/files.js';
export { FileInfo, type FileAttributes, type FileType } from './resources/files/info.js';
export type { PullOptions, PushOptions, TransferProgress } from './resources/files/transfer.js';
export type { CopyToOptions, MoveToOptions } from './resources/instances/migrate/options.js';
export type { MigrationMode } from './resources/migrate/mode.js';
export { InstanceMetadata, InstanceTemplates, type ImageMetadata } from './resources/instances/image-data.js';
export type { DebugMemoryOptions, UefiVariable, UefiVariables } from './resources/instances/firmware.js';
export {
  InstanceNvram,
  type NvramAttribute,
  type NvramDeleteOptions,
  type NvramInput,
  type NvramVariable,
} from './resources/instances/nvram.js';
export { InstanceLogs } from './resources/instances/logs.js';
export type { InstanceInput } from './resources/instances/input.js';
export type {
  BackupSource,
  CopySource,
  EmptySource,
  ImageSource,
  InstanceSourceInput,
  MigrationSource,
  RebuildSource,
} from './resources/instances/source.js';
export type { CopyOverrides } from './resources/instances/copy/body.js';
export type { CopyOptions, InstanceCopyOptions } from './resources/instances/copy/copy.js';
export type { MoveOptions } from './resources/instances/copy/move.js';
export type { SnapshotCopyOptions } from './resources/instances/copy/snapshot.js';
export type { AddressWaitOptions } from './resources/instances/address.js';
export type { AddressFilter, AddressOptions, InstanceAddress } from './resources/instances/addresses.js';
export { Instance, type AccessEntry, type InstanceDeleteOptions } from './resources/instances/instance.js';
export {
  InstanceManager,
  type InstanceAllOptions,
  type InstanceEnsureOptions,
  type InstanceFields,
} from './resources/instances/manager.js';
export type { InstanceStatus } from './resources/instances/powered.js';
export type { InstancePublishOptions } from './resources/instances/publish.js';
export { InstanceStartError } from './resources/instances/start-error.js';
export type {
  SetStatesOptions,
  SetStatesProgress,
  SetStatesResult,
} from './resources/instances/set-states.js';
export type { PowerOptions, StateOptions, StopOptions } from './resources/instances/state-change.js';
export {
  CpuState,
  DiskState,
  InstanceState,
  InterfaceAddress,
  InterfaceCounters,
  InterfaceState,
  MemoryState,
} from './resources/instances/state.js';
export type { WaitForOptions } from './resources/watch/wait.js';
export type { WaitTarget } from './resources/instances/wait-target.js';
export type { InstanceChange } from './resources/instances/watch.js';
export { NetworkAcl, type NetworkAclInput, type NetworkAclRule } from './resources/networks/acl.js';
export { NetworkAddressSet, type NetworkAddressSetInput } from './resources/networks/address-set.js';
export { NetworkIntegration, type NetworkIntegrationInput } from './resources/networks/integration.js';
export {
  NetworkForward,
  type NetworkForwardConfig,
  type NetworkForwardInput,
  type NetworkForwardPort,
} from './resources/networks/forward.js';
export {
  NetworkLoadBalancerPool,
  NetworkLoadBalancerTarget,
  type NetworkLoadBalancerPoolInput,
  type NetworkLoadBalancerPoolInstance,
} from './resources/networks/load-balancer-pool.js';
export {
  NetworkBackendHealth,
  NetworkBackendPort,
  NetworkLoadBalancer,
  NetworkLoadBalancerState,
  type NetworkLoadBalancerBackend,
  type NetworkLoadBalancerInput,
  type NetworkLoadBalancerPort,
} from './resources/networks/load-balancer.js';
export { NetworkManager, type AllocationOptions } from './resources/networks/manager.js';
export { Network, type NetworkInput } from './resources/networks/network.js';
export { NetworkPeer, type NetworkPeerInput } from './resources/networks/peer.js';
export {
  NetworkAllocation,
  NetworkBond,
  NetworkBridge,
  NetworkLease,
  NetworkOvn,
  NetworkState,
  NetworkVlan,
} from './resources/networks/state.js';
export {
  NetworkZoneRecord,
  NetworkZoneRecordManager,
  type NetworkZoneRecordEntry,
  type NetworkZoneRecordInput,
} from './resources/networks/zone-record.js';
export { NetworkZone, type NetworkZoneInput } from './resources/networks/zone.js';
export {
  OperationManager,
  type OperationListOptions,
  type OperationRefOptions,
} from './resources/operations.js';
export type { OtherClient } from './resources/transfer/peer.js';
export type { BackupFile } from './resources/transfer/upload.js';
export type { InputOf } from './resources/kind/input.js';
export type { CreateOptions, EnsureOptions, ResourceManager } from './resources/kind/manager.js';
export { Profile, type ProfileInput, type ProfileManager } from './resources/profiles.js';
export type { ConfigurationKey, ServerConfiguration } from './resources/configuration.js';
export { Project, type ProjectDeleteOptions, type ProjectInput } from './resources/projects/project.js';
export { ProjectManager } from './resources/projects/manager.js';
export type { ProjectResource, ProjectState, ProjectUsage } from './resources/projects/state.js';
export { Server, ServerEnvironment } from './resources/server.js';
export type { AliasChoice, SimpleStreamsAlias } from './resources/simplestreams/aliases.js';
export {
  SimpleStreamsImage,
  type SimpleStreamsExportOptions,
  type SimpleStreamsFile,
  type SimpleStreamsSource,
} from './resources/simplestreams/image.js';
export {
  SimpleStreams,
  type SimpleStreamsFilter,
  type SimpleStreamsListOptions,
  type SimpleStreamsOptions,
} from './resources/simplestreams/simplestreams.js';
export { AllSnapshotsManager } from './resources/instances/snapshots/all.js';
export type { SnapshotInput } from './resources/instances/snapshots/kind.js';
export { SnapshotManager } from './resources/instances/snapshots/manager.js';
export {
  Snapshot,
  type RestoreOptions,
  type SnapshotCopyToOptions,
} from './resources/instances/snapshots/snapshot.js';
export {
  StorageAmount,
  StoragePool,
  StoragePoolResources,
  type StoragePoolInput,
} from './resources/storage/pool.js';
export { VolumeSnapshot, type VolumeSnapshotInput } from './resources/storage/snapshot.js';
export {
  StorageVolume,
  type StorageVolumeInput,
  type StorageVolumeState,
} from './resources/storage/volume.js';
export {
  BucketBackup,
  type BucketBackupForm,
  type BucketBackupInput,
  type BucketExportOptions,
} from './resources/storage/buckets/backup.js';
export { StorageBucket, type StorageBucketInput } from './resources/storage/buckets/bucket.js';
export { BucketKey, BucketKeyManager, type BucketKeyInput } from './resources/storage/buckets/key.js';
export { BucketManager, type BucketImportOptions } from './resources/storage/buckets/manager.js';
export type { VolumeFormat, VolumeImportOptions } from './resources/storage/import.js';
export {
  VolumeBackup,
  type VolumeBackupForm,
  type VolumeBackupInput,
  type VolumeExportOptions,
} from './resources/storage/volume-backup.js';
export { VolumeFiles } from './resources/storage/volume-files.js';
export { AllVolumesManager, type NewVolume } from './resources/storage/all-volumes.js';
export type { AttachOptions, DetachOptions } from './resources/storage/attach.js';
export type { VolumeCopyOptions } from './resources/storage/copy/copy.js';
export type { VolumeMoveOptions } from './resources/storage/copy/move.js';
export type { VolumeCopyToOptions, VolumeMoveToOptions } from './resources/storage/copy/options.js';
export type { VolumeOverrides } from './resources/storage/copy/original.js';
export type { VolumeCopySource } from './resources/storage/copy/source.js';
export { StoragePoolManager } from './resources/storage/pools.js';
export type { LocatedManager, LocatedOptions } from './resources/kind/located.js';
export { VolumeManager, type VolumeListOptions } from './resources/storage/volumes.js';
export { TrustedCertificate, type TrustedCertificateInput } from './resources/certificates/certificate.js';
export { CertificateManager } from './resources/certificates/manager.js';
export { PendingToken, type TokenInput } from './resources/certificates/token.js';
export type { AuthenticateOptions } from './resources/trust/authenticate.js';
export { Auth } from './resources/auth/auth.js';
export { AuthGroup, type AuthGroupInput } from './resources/auth/group.js';
export { IdentityManager } from './resources/auth/identities.js';
export type { CurrentIdentity } from './resources/auth/current.js';
export type { IdentityTokenInput } from './resources/auth/token.js';
export {
  Identity,
  type AuthenticationMethod,
  type BearerType,
  type IdentityInput,
  type IdentityType,
  type IssueTokenOptions,
} from './resources/auth/identity.js';
export {
  IdentityProviderGroup,
  type IdentityProviderGroupInput,
} from './resources/auth/identity-provider-group.js';
export type { AuthPermission, AuthPermissionInfo, PermissionOptions } from './resources/auth/permission.js';
export { Warning, WarningManager } from './resources/warnings.js';
export type { Watch, WatchChange } from './resources/watch/watch.js';
export type { WatchManyOptions, WatchOptions } from './resources/watch/watch-of.js';
export type { Log } from './rest/connection.js';
export type {
  ApiExtension,
  ClientRequest,
  CommonRequestOptions,
  EventType,
  IncusEventType,
  IncusLifecycleAction,
  InstanceAction,
  InstanceConfig,
  InstanceType,
  LifecycleAction,
  LxdEventType,
  LxdLifecycleAction,
  Method,
  NetworkConfig,
  NetworkIntegrationConfig,
  NetworkZoneConfig,
  PathsOf,
  ProfileConfig,
  ProjectConfig,
  Schemas,
  ServerConfig,
  StoragePoolConfig,
  StorageBucketConfig,
  StorageVolumeConfig,
} from './rest/endpoints/index.js';
