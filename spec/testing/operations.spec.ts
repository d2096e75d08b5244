import { ManualClock } from '../../lib/testing/index.js';
import { describeFakes, type Answer } from './support.js';

const clock = new ManualClock(new Date('2030-01-01T00:00:00Z'));

describeFakes(
  'operations',
  (fake) => {
    const isLxd = (): boolean => fake.server.product === 'lxd';
    const path = (id: string, more = ''): string => `/1.0/operations/${id}${more}`;

    /** A call that is under way: the clock may move once the server has it. */
    async function asked(method: string, target: string): Promise<{ answer: Promise<Answer> }> {
      const { length } = fake.server.requests;
      const answer = fake.call(method, target);
      while (fake.server.requests.length === length) await new Promise(setImmediate);
      await new Promise(setImmediate);
      return { answer };
    }

    it('run, end, and are forgotten five seconds later', async () => {
      const id = fake.server.addOperation({ description: 'Working', time: 1000, metadata: { a: 1 } });
      expect(await fake.read(path(id))).toMatchObject({
        ...{
          id,
          class: 'task',
          description: 'Working',
          status: 'Running',
          status_code: 103,
          metadata: { a: 1 },
        },
        ...{ may_cancel: true, err: '', location: 'none', resources: isLxd() ? null : {} },
      });
      clock.advance(1000);
      expect((await fake.read(path(id))).status).toBe('Success');
      clock.advance(4999);
      expect((await fake.call('GET', path(id))).status).toBe(200);
      clock.advance(1);
      const gone = await fake.call('GET', path(id));
      expect([gone.status, gone.body.error]).toEqual([404, 'Operation not found']);
      expect((await fake.call('GET', path(id, '/wait'))).status).toBe(404);
    });

    it('are listed by their status', async () => {
      expect(await fake.read('/1.0/operations')).toEqual({});
      const short = fake.server.addOperation({ time: 1000 });
      const long = fake.server.addOperation({ time: 2000 });
      clock.advance(1000);
      expect(await fake.read('/1.0/operations')).toEqual({ success: [path(short)], running: [path(long)] });
      expect(await fake.read('/1.0/operations?recursion=1')).toMatchObject({ success: [{ id: short }] });
      expect(await fake.read('/1.0/operations?project=other')).toEqual({});
    });

    it('are waited for', async () => {
      const id = fake.server.addOperation({ time: 1000 });
      const { answer } = await asked('GET', path(id, '/wait'));
      clock.advance(1000);
      const { status, body } = await answer;
      expect([status, body.type, body.metadata.status_code]).toEqual([200, 'sync', 200]);
      expect((await fake.read(path(id, '/wait'))).status_code).toBe(200);
    });

    it('that fail end a wait in each product’s own shape', async () => {
      const id = fake.server.addOperation({ time: 1000, error: 'It broke' });
      const { answer } = await asked('GET', path(id, '/wait?timeout=-1'));
      clock.advance(1000);
      const { status, body } = await answer;
      expect(status).toBe(200);
      if (isLxd())
        expect(body).toMatchObject({ type: 'sync', metadata: { status_code: 400, err: 'It broke' } });
      else expect(body).toMatchObject({ type: 'error', error_code: 500, error: 'It broke', metadata: null });
      expect(await fake.read(path(id))).toMatchObject({
        status: 'Failure',
        status_code: 400,
        err: 'It broke',
      });
    });

    it('that take too long end a wait in each product’s own shape', async () => {
      const id = fake.server.addOperation({ time: 10_000 });
      const { answer } = await asked('GET', path(id, '/wait?timeout=2'));
      clock.advance(2000);
      const { status, body } = await answer;
      expect(status).toBe(200);
      if (isLxd()) expect(body).toMatchObject({ type: 'sync', metadata: { status_code: 103 } });
      else expect(body).toMatchObject({ type: 'error', error_code: 500, error: 'context deadline exceeded' });
      const wrong = await fake.call('GET', path(id, '/wait?timeout=x'));
      expect([wrong.status, wrong.body.error]).toEqual([500, 'strconv.Atoi: parsing "x": invalid syntax']);
    });

    it('are cancelled, if they may be and still run', async () => {
      const id = fake.server.addOperation({ time: 1000 });
      const { answer } = await asked('GET', path(id, '/wait'));
      expect((await fake.call('DELETE', path(id))).body.metadata).toEqual({});
      expect((await answer).body.metadata).toMatchObject({ status: 'Cancelled', status_code: 401 });
      const again = await fake.call('DELETE', path(id));
      expect([again.status, again.body.error]).toEqual([400, 'Only running operations can be cancelled']);
      clock.advance(1000);
      expect((await fake.read(path(id))).status).toBe('Cancelled');
      const fixed = fake.server.addOperation({ time: 1000, mayCancel: false });
      expect((await fake.call('DELETE', path(fixed))).body.error).toBe("This operation can't be cancelled");
    });
  },
  { clock },
);
