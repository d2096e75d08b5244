import { header, literal, property, unionType, unique } from './print.js';
import { products, type Facts, type Product } from './read.js';

const wordOf: Record<Product, string> = { lxd: 'Lxd', incus: 'Incus' };

function printMetadata(facts: Facts): string {
  const schemas = { ...facts.names.incusMetadataSchemas, ...facts.names.lxdMetadataSchemas };
  const lines = Object.keys(schemas)
    .sort()
    .map((type) => `  ${property(type)}: Schemas.${schemas[type]};\n`);
  return `/** What an event's \`metadata\` is, by the event's type. */\nexport interface EventMetadata {\n${lines.join('')}}\n`;
}

/** The text of events.generated.ts. */
export function generateEvents(facts: Facts): string {
  const actions = products.map((product) => {
    const own = facts.lifecycle.filter((fact) => fact.product === product);
    const name = `${wordOf[product]}LifecycleAction`;
    return unionType(
      name,
      own.map((fact) => literal(fact.action)),
      `What lifecycle events of ${wordOf[product]} tell.`,
    );
  });
  const types = products.map((product) => {
    const own = facts.names[`${product}EventTypes`].map(literal);
    return unionType(`${wordOf[product]}EventType`, own, `The event types of ${wordOf[product]}.`);
  });
  return `${header}
import type * as Schemas from './schemas.generated.js';

${[...actions, ...types].join('\n')}
/** What lifecycle events tell, of either product. */
export type LifecycleAction = LxdLifecycleAction | IncusLifecycleAction;

/** The event types of either product. */
export type EventType = LxdEventType | IncusEventType;

${printMetadata(facts)}`;
}

/** The text of extensions.generated.ts. */
export function generateExtensions(facts: Facts): string {
  const names = facts.extensions.map((extension) => literal(extension.name));
  const note = 'The known API extensions of either product; newer servers have more.';
  return `${header}\n${unionType('ApiExtension', names, note)}`;
}

const list = (values: readonly string[]) => `[${unique(values).map(literal).join(', ')}] as const`;

/** The text of names.generated.ts, the only generated file with run-time values. */
export function generateNames({ names }: Facts): string {
  const codes = Object.entries(names.statusCodes).map(([code, name]) => `  ${code}: ${literal(name)},\n`);
  return `${header}
/** What \`PUT /1.0/instances/{name}/state\` can be asked to do. */
export const instanceActions = ${list(names.instanceActions)};

/** One of \`instanceActions\`. */
export type InstanceAction = (typeof instanceActions)[number];

/** The types of instances. */
export const instanceTypes = ${list(names.instanceTypes)};

/** One of \`instanceTypes\`. */
export type InstanceType = (typeof instanceTypes)[number];

/** The event types that each product knows; asking for another is a 400. */
export const eventTypes = {
  lxd: ${list(names.lxdEventTypes)},
  incus: ${list(names.incusEventTypes)},
};

/** Status codes of operations and instances, with their names; an operation is over from 200 on. */
export const statusNames = {
${codes.join('')}} as const;

/** One of the codes of \`statusNames\`. */
export type StatusCode = keyof typeof statusNames;
`;
}
