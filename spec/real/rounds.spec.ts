import { absent, describeReal } from './harness.js';
import { canStart } from './own-daemon.js';
import { roundsOf } from './rounds/faults.js';
import { playRounds } from './rounds/rounds.js';

/** Five of the six kinds by default, shared among the products, since each costs a minute; by hand as many as one likes. */
const usual = { lxd: 'kill connected, kill leader, freeze connected', incus: 'kill another, freeze leader' };

describeReal(
  'a worker on a cluster of three, whose members are killed and frozen one after the other',
  (server) => {
    if (!canStart(server.product)) {
      absent("no cluster of one's own can be started here");
      return;
    }

    const rounds = roundsOf(process.env.TSLXD_ROUNDS ?? usual[server.product]);
    it(
      `${rounds.length} rounds: nothing is lost or done twice, no answer is wrong, no call hangs`,
      async () => {
        const { wrong, table } = await playRounds(server, rounds);
        console.log(`${server.name}, while a member was away:\n${table}`);
        expect(wrong).toEqual([]);
      },
      120_000 + rounds.length * 240_000,
    );
  },
);
