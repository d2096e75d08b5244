import 'reflect-metadata';
import type { LikeOf, OperationOptions, PlainOf } from '../../../lib/operations/index.js';
import { field, Manager, Model, part, type AllOptions, type ModelClass } from '../../../lib/orm/index.js';
import type { MemoryStore } from './memory-store.js';

/** A value object within a thing. */
export class Address {
  @part() readonly family!: string;
  @part() readonly netMask!: string;
}

export class Thing extends Model {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  @field({ writable: true, form: 'maps' }) devices!: Record<string, Record<string, string>>;
  @field({ writable: true, form: 'list' }) profiles!: string[];
  @field({ writable: true, scalar: 'boolean' }) ephemeral!: boolean;
  @field({ writable: true, scalar: 'number' }) priority!: number;
  @field({ writable: true, form: 'time' }) expiresAt!: Date | null;
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  @field({ scalar: 'string' }) readonly status!: string;
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  @field({ form: 'map', derived: true }) readonly expandedConfig!: Readonly<Record<string, string>>;
  @field({ form: 'maps', derived: true })
  readonly expandedDevices!: Readonly<Record<string, Readonly<Record<string, string>>>>;
  @field({ type: () => Address }) readonly address!: Address | undefined;
  @field({ type: () => Address }) readonly moreAddresses!: readonly Address[];

  protected override inspectDetails(): string[] {
    return this.isFetched && this.status ? [this.status] : [];
  }
}

export interface ThingInput {
  description?: string;
  config?: Record<string, string>;
  devices?: Record<string, Record<string, string>>;
  profiles?: string[];
  expiresAt?: Date | null;
  status?: string;
  /** Only a creation takes it. */
  source?: string;
}

export class Things<T extends Thing = Thing> extends Manager<T> {
  constructor(store: MemoryStore, Class: ModelClass<T> = Thing as ModelClass<T>) {
    super(store, Class);
  }

  protected override get store(): MemoryStore {
    return super.store as MemoryStore;
  }

  async create(key: string, { expiresAt, ...input }: ThingInput = {}): Promise<T> {
    const expiry = expiresAt ? { expires_at: expiresAt.toISOString().replace('.000Z', 'Z') } : {};
    await this.store.create(key, { ...input, ...expiry });
    return this.get(key);
  }

  async ensure(key: string, input: ThingInput = {}, options: OperationOptions = {}): Promise<T> {
    return this.ensureFrom(key, input, (wanted) => this.create(key, wanted), options);
  }

  override as<S extends PlainOf<T> & Thing>(Class: ModelClass<S>): Things<LikeOf<T, S>> {
    return new Things<LikeOf<T, S>>(this.store, Class as ModelClass as ModelClass<LikeOf<T, S>>);
  }

  protected override filterText(filter: AllOptions['filter']): string | undefined {
    return typeof filter === 'string' ? filter : undefined;
  }
}
