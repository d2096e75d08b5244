export { type Change } from './diff.js';
export { applyInput } from './ensure.js';
export { field, fieldsOf, type Field } from './fields.js';
export { itemsToWire, type ItemSpec, type ItemType } from './items.js';
export { copy, emptyMap, isMap, own, same, type Json, type JsonMap } from './json.js';
export { allNames, Manager, type AllOptions } from './manager.js';
export { isMissing } from './missing.js';
export { Model, type FetchOptions, type ModelClass } from './model.js';
export { type WriteRules } from './plan.js';
export { type OnConflict } from './on-conflict.js';
export { type Ran, type SaveOptions } from './save.js';
export {
  ModelSaveError,
  saveAll,
  SaveAllError,
  type SaveAllOptions,
  type SaveAllProgress,
  type SaveAllResult,
} from './save-all.js';
export type {
  CallOptions,
  DeleteOptions,
  Depth,
  ListedKey,
  ListOptions,
  Reading,
  Store,
  StoreScope,
} from './store.js';
export { snake } from './snake.js';
export { readTime, unixZero, writeTime, zeroTime } from './time.js';
export { assertField, assertKey, assertNoNul, assertNewName, describe } from './validate.js';
export { part, toValue, type ValueClass } from './values.js';
export { plural, withArticle } from './words.js';
