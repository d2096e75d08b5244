// The server of the story: prints where it listens, and ends with its standard input.
import { FakeServer } from 'tslxd/testing';

const server = await FakeServer.start({ operationTime: 20 });
const files = { '/srv/site/index.html': '<h1>Hello</h1>\n' };
server.addInstance({ name: 'web', status: 'Running', files });
server.addInstances(3);
console.log(server.socketPath);
process.stdin.resume().on('end', () => void server.close());
