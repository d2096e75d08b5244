import { cannedInstance, cannedServer } from './canned.js';

// A process of its own, as a real server is: its work must not count as ours.
const count = Number(process.argv[2]);
const server = await cannedServer(
  count === 1 ? cannedInstance(0) : Array.from({ length: count }, (_, index) => cannedInstance(index)),
);
process.send?.(server.socketPath);
process.on('disconnect', () => {
  server.close();
});
