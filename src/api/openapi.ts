import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { registerIntakeRoutes } from './intake-routes.ts';
import type { IntakePort } from './intake-ports.ts';

/** Describes whatever routes are registered after this, made from the schemas they are registered with. */
export async function registerDocument(
  app: FastifyInstance,
  info: { readonly title: string; readonly version: string; readonly description: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** The Order Acceptance API alone: what a third party that writes a client needs, and nothing of ours. */
export async function describeAcceptanceApi(): Promise<OpenApi> {
  const app = Fastify();
  const unasked = () => Promise.reject(new Error('a document is only written'));
  const intake: IntakePort = { clientOf: unasked, post: unasked, void: unasked, orderTypes: unasked };
  await registerDocument(app, {
    title: 'Order Acceptance API',
    version: '2',
    description: 'docs/order-acceptance.md explains what no schema can say, each code above all.',
  });
  registerIntakeRoutes(app, { intake });
  await app.ready();
  const document = app.swagger() as OpenApi;
  await app.close();
  return { ...document, components: { ...document.components, schemas: schemasOf(document) } };
}

export type OpenApi = {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};

/** Names of schemas that a part of a document refers to. */
export function schemasNamedIn(part: unknown): readonly string[] {
  return [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name = '']) => name,
  );
}

/** Every schema that any file of ours declares is registered; these are the ones that the paths need. */
function schemasOf({ paths, components }: OpenApi): Readonly<Record<string, unknown>> {
  const needed = new Set(schemasNamedIn(paths));
  // A set that grows is walked to its end.
  for (const name of needed)
    for (const inside of schemasNamedIn(components.schemas[name] ?? {})) needed.add(inside);
  return Object.fromEntries([...needed].toSorted().map((name) => [name, components.schemas[name]]));
}
