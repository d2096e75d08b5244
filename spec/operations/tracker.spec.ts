import { AbortedError, TimeoutError } from '../../lib/errors/index.js';
import { Tracker } from '../../lib/operations/tracker.js';

const tracker = () => new Tracker<string>({ state: 'running' }, () => 'Operation op-1');

describe('the state machine of waiting', () => {
  it('keeps the first end, whatever comes late', async () => {
    const waited = tracker();
    expect(waited.observe({ state: 'running', data: 'half' })).toBe(true);
    expect(waited.observe({ state: 'succeeded', data: 'whole' })).toBe(true);
    expect(waited.observe({ state: 'running', data: 'late' })).toBe(false);
    expect(waited.observe({ state: 'failed', error: new Error('late') })).toBe(false);
    expect(await waited.done()).toBe('whole');
    expect([waited.state, waited.data, waited.error]).toEqual(['succeeded', 'whole', undefined]);
  });

  it('keeps the last data where an end brings none', async () => {
    const waited = tracker();
    waited.observe({ state: 'running', data: 'half' });
    waited.observe({ state: 'succeeded' });
    expect(await waited.done()).toBe('half');
  });

  it('rejects with the error of a bad end, before and after it', async () => {
    const waited = tracker();
    const before = waited.done();
    const failure = new Error('failed');
    waited.observe({ state: 'failed', error: failure });
    await expect(before).rejects.toBe(failure);
    await expect(waited.done()).rejects.toBe(failure);
  });

  it('stops waiting on time, and the work goes on', async () => {
    const waited = tracker();
    await expect(waited.done({ timeout: 5 })).rejects.toThrow(TimeoutError);
    waited.observe({ state: 'succeeded', data: 'whole' });
    expect(await waited.done({ timeout: 5 })).toBe('whole');
  });

  it('stops waiting at an abort, with its reason', async () => {
    const waited = tracker();
    const controller = new AbortController();
    const pending = waited.done({ signal: controller.signal });
    controller.abort('enough');
    await expect(pending).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' });
    await expect(waited.done({ signal: controller.signal })).rejects.toThrow(AbortedError);
  });

  it('tells each listener until it unsubscribes, the same function twice if it asked twice', () => {
    const waited = tracker();
    const heard: string[] = [];
    const listener = ({ data }: { data?: string | undefined }) => heard.push(String(data));
    const off = waited.onUpdate(listener);
    waited.onUpdate(listener);
    waited.observe({ state: 'running', data: '1' });
    off();
    off();
    waited.observe({ state: 'running', data: '2' });
    expect(heard).toEqual(['1', '1', '2']);
  });
});
