export { type EventName, type LifecycleMetadata, type MetadataByType, type ServerEvent } from './event.js';
export { Events, type Heard, type ListenerName, type ListenOptions } from './events.js';
export { type EventFilter } from './filter.js';
export { EventHub, type Subscription } from './hub.js';
export { type EventStream } from './stream.js';
export { suspectLink } from './suspect.js';
