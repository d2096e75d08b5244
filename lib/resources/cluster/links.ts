import { assertOptions, milliseconds, named, ProtocolError, type OptionNames } from '../../errors/index.js';
import { callNames, type Ended, type LikeOf, type PlainOf, type WaitOf } from '../../operations/index.js';
import { isMap, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import { assertFields } from '../kind/given.js';
import { createNames, ResourceManager, type CreateOptions } from '../kind/manager.js';
import { dryPlace, type Place } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { namingTaken } from '../kind/taken.js';
import { assertKnown } from '../kind/wire.js';
import { assertAuthGroups, assertLinkInput, assertLinkType } from './link-input.js';
import { clusterLinks, type ClusterLink, type ClusterLinkInput } from './link.js';
import { offeredCertificate, withdrawn } from './public-link.js';

/** Which cluster a token links, and what it may do here. */
export type ClusterLinkTokenInput = Pick<
  ClusterLinkInput,
  'name' | 'description' | 'config' | 'type' | 'authGroups'
>;

const tokenNames: OptionNames<ClusterLinkTokenInput> = {
  ...{ name: true, description: true, config: true, type: true, authGroups: true },
};

/** The links to other clusters: `client.cluster.links`. They are in no project. */
export class ClusterLinkManager<M extends ClusterLink = ClusterLink> extends ResourceManager<
  M,
  ClusterLinkInput
> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<M>) {
    super(clusterLinks, place, Class);
    this.#place = place;
  }

  /**
   * The text of a token with which the other cluster, once, links itself with this one: by `create({ name, token })` there
   * (POST /1.0/cluster/links). Until then there is a link of this name here, which waits; with `type: 'unidirectional'`
   * there never is one, and the other cluster is an identity here (`client.auth.identities`). It is a secret.
   * @throws InvalidInputError; AlreadyExistsError; UnsupportedError without the API extension cluster_links
   */
  async createToken(input: ClusterLinkTokenInput, options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'createToken()');
    assertOptions(input, tokenNames, 'createToken()');
    const { name, description, config, type = 'bidirectional', authGroups } = input;
    this.assertNewName(name);
    assertFields(input, this.Class, 'cluster link');
    assertLinkType(type, ['bidirectional', 'unidirectional'], 'createToken()');
    assertAuthGroups(authGroups);
    await this.#assertType(type, options);
    const body = { name, type, description, config, auth_groups: authGroups };
    const request = { method: 'POST', path: this.store.collection, body, ...options };
    const answer = await namingTaken(this.session.send(request), this.store.kind, name);
    const token = asObject<JsonMap>(answer, request);
    if (typeof token.secret !== 'string' || token.secret === '')
      throw new ProtocolError(`POST ${request.path}: the server gave no token`);
    return Buffer.from(JSON.stringify(token)).toString('base64');
  }

  override as<S extends PlainOf<M> & ClusterLink>(Class: ModelClass<S>): ClusterLinkManager<LikeOf<M, S>> {
    return new ClusterLinkManager(this.#place, Class as ModelClass as ModelClass<LikeOf<M, S>>);
  }

  protected override dry(): ClusterLinkManager<M> {
    return new ClusterLinkManager<M>(() => dryPlace(this.#place()), this.Class);
  }

  /** A public link takes two requests: the server fetches a certificate, and pins it once it is said that it is right. */
  protected override async createAt<W extends boolean = WaitOf<M>>(
    key: string,
    input: ClusterLinkInput,
    options: CreateOptions<W>,
  ): Promise<Ended<M, W>> {
    if (!isMap(input)) return super.createAt(key, input, options); // which refuses it
    const inputs = [
      'name',
      'description',
      'config',
      'type',
      'token',
      'authGroups',
      'remoteAddress',
      'certificate',
    ];
    assertKnown(input, inputs, 'cluster link');
    const given = assertLinkInput(key === '' ? input : { ...input, name: key });
    this.assertNewName(given.name);
    assertFields(given, this.Class, 'cluster link');
    const { signal } = options;
    await this.#assertType(given.type, { signal });
    if (given.type !== 'public') return super.createAt(key, given, options);
    assertOptions(options, createNames, 'create() of a cluster link');
    milliseconds(options.timeout);
    const certificate = await offeredCertificate(this.store, given, { signal });
    return withdrawn(this.store, given.name, super.createAt(key, { ...given, certificate }, options));
  }

  async #assertType(type: string | undefined, options: CallOptions): Promise<void> {
    await this.store.assertOffered(options);
    if (type === 'unidirectional' || type === 'public')
      await assertExtension(this.session, `cluster_links_${type}`, `${type} cluster links`, options);
  }
}

named({ ClusterLinkManager });
