import { fieldsOf } from '../../lib/orm/index.js';
import { Thing } from './support/thing.js';
import { field } from '../../lib/orm/index.js';
import { MemoryStore } from './support/memory-store.js';

class Special extends Thing {
  @field({ scalar: 'number' }) readonly extraOne!: number;
}

describe('field', () => {
  test('notes how a property is kept', () => {
    const info = fieldsOf(Thing.prototype).find(({ property }) => property === 'expiresAt');
    expect(info).toEqual({ property: 'expiresAt', wire: 'expires_at', form: 'time', writable: true });
  });

  test('takes a field with a type for a value, and any other for a scalar, read-only', () => {
    const [status, address] = ['status', 'address'].map((name) =>
      fieldsOf(Thing.prototype).find(({ property }) => property === name),
    );
    expect(status).toEqual({
      property: 'status',
      wire: 'status',
      form: 'scalar',
      writable: false,
      scalar: 'string',
    });
    expect(address).toMatchObject({ form: 'value', writable: false });
  });

  test('of a subclass come after those of its parents, which do not get them', () => {
    const [own, parent] = [Special, Thing].map((Class) =>
      fieldsOf(Class.prototype).map(({ property }) => property),
    );
    expect(own).toEqual([...parent!, 'extraOne']);
  });

  test('puts nothing on the model itself', () => {
    const model = new Special(new MemoryStore(), 'web', { data: { extra_one: 7 } });
    expect(Object.keys(model)).toEqual([]);
    expect(model.extraOne).toBe(7);
  });

  test('of a class without any are none', () => {
    expect(fieldsOf({})).toEqual([]);
  });
});
