import { z } from 'zod';
import { errorBody } from './contract/figure.ts';
import { API_PREFIX, ENDPOINTS } from './contract.ts';

/** The OpenAPI 3.1 document of Sonde's own API, made from the contract. */
export function openApiDocument(version: string): object {
  const paths: Record<string, object> = {};
  for (const [name, { path, params, response, summary }] of Object.entries(ENDPOINTS)) {
    const inPath = [...path.matchAll(/:([a-zA-Z]+)/g)].map(([, key]) => key!);
    paths[API_PREFIX + path.replace(/:([a-zA-Z]+)/g, '{$1}')] = {
      get: {
        operationId: name,
        summary,
        parameters: [
          ...inPath.map((key) => ({ name: key, in: 'path', required: true, schema: { type: 'string' } })),
          ...queryParameters(params),
        ],
        responses: {
          200: {
            description: 'The answer.',
            content: { 'application/json': { schema: jsonSchema(response, 'output') } },
          },
          default: {
            description: 'A failure: what, where, and what to do about it.',
            content: { 'application/json': { schema: jsonSchema(errorBody, 'output') } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sonde',
      version,
      description:
        'What Sonde’s own pages read. Times are unix milliseconds, or unix seconds on chart axes (`t`). A value that is not known is null, never 0.',
    },
    paths,
  };
}

function queryParameters(params: z.ZodType): object[] {
  const { properties = {}, required = [] } = jsonSchema(params, 'input') as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return rest;
}
