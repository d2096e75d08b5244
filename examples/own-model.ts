// Give instances the methods and getters of your own application.
import { Instance } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

// To narrow the type of a property, write `declare config: MyConfig`: a class field would hide it, and is refused.
class WebServer extends Instance {
  get owner(): string {
    return this.config['user.owner'] ?? 'nobody';
  }

  /** Remembers the version before, so that one can go back. */
  async deploy(version: string): Promise<this> {
    this.config['user.previous'] = this.config['user.version'] ?? 'none';
    this.config['user.version'] = version;
    return this.save();
  }
}

await using client = await connect(); // in your own code: await Client.connect()

// The same manager, with models of that class: get, all, create and ensure all give them.
const servers = client.containers.as(WebServer);

const web = await servers.create({
  name: unique('web'),
  source: { type: 'none' },
  config: { 'user.owner': 'ada', 'user.version': '1' },
});

try {
  await web.deploy('2');
  console.log(
    `${web.owner} has version ${web.config['user.version']}, before ${web.config['user.previous']}`,
  );

  const found = await servers.get(web.name);
  console.log(found instanceof WebServer, found.owner);
} finally {
  await web.delete();
}
