import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { projectRoot } from '../runtime.js';
import { mayRead } from '../security/permissions.js';
import type { RequestContext } from './context.js';
import { resolvers } from './resolvers.js';

/** The public schema with its resolvers; a mutation the caller may not do answers `NotAuthorised`. */
export function createSchema(): GraphQLSchema {
  const typeDefs = readFileSync(join(projectRoot(), 'schema.graphql'), 'utf8');
  const schema = makeExecutableSchema({ typeDefs, resolvers });
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext> | undefined;
    field.resolve = (source, args, context: RequestContext, info) =>
      mayRead(context.caller, 'Mutation', field.name)
        ? resolve?.(source, args, context, info)
        : { __typename: 'NotAuthorised', code: 'NOT_AUTHORISED', message: `You may not do ${field.name}.` };
  }
  return schema;
}
