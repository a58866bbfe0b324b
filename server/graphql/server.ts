import type { Server } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '../log.js';
import { localCaller } from '../security/permissions.js';
import { createContext, type ApiParts, type RequestContext } from './context.js';
import { formatError } from './errors.js';
import { inspectOperation, maximumTokens } from './inspect.js';

/** Bytes of one operation, variables included. */
export const maximumOperationBytes = 256 * 1024;
const maximumSubscriptions = 50;

const inspecting = (schema: GraphQLSchema): ApolloServerPlugin<RequestContext> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, request, contextValue }) => {
      const { operationName, variables } = request;
      inspectOperation({ schema, document, operationName, variables, caller: contextValue.caller });
    },
  }),
});

/** Queries and mutations. */
export async function startApollo(schema: GraphQLSchema, log: Logger): Promise<ApolloServer<RequestContext>> {
  const apollo = new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: maximumTokens },
    formatError: (formatted, error) => formatError(formatted, error, log),
    plugins: [ApolloServerPluginLandingPageDisabled(), inspecting(schema)],
  });
  await apollo.start();
  return apollo;
}

/**
 * Subscriptions over graphql-transport-ws at `/graphql`.
 *
 * @param mayConnect decides by the Origin and Host headers: a WebSocket is not bound by CORS, so any page a
 *   clinician visits could otherwise listen
 */
export function startSubscriptions(
  http: Server,
  schema: GraphQLSchema,
  parts: ApiParts,
  mayConnect: (headers: { origin: string | undefined; host: string | undefined }) => boolean,
): { dispose(): Promise<void> | void } {
  const sockets = new WebSocketServer({
    server: http,
    path: '/graphql',
    maxPayload: maximumOperationBytes,
    verifyClient: ({ origin, req }: { origin?: string; req: { headers: { host?: string } } }) =>
      mayConnect({ origin, host: req.headers.host }),
  });
  const open = new WeakMap<object, number>();
  return useServer(
    {
      schema,
      onSubscribe: (context, id, payload) => {
        const count = (open.get(context.extra.socket) ?? 0) + 1;
        open.set(context.extra.socket, count);
        if (count > maximumSubscriptions) {
          return [new GraphQLError('Too many operations on one connection.')];
        }
        try {
          const document = parse(payload.query, { maxTokens: maximumTokens });
          const invalid = validate(schema, document, specifiedRules);
          if (invalid.length > 0) return invalid;
          const { operationName, variables } = payload;
          inspectOperation({ schema, document, operationName, variables, caller: localCaller });
          const contextValue = createContext(parts, id, localCaller, false);
          return { schema, document, operationName, variableValues: variables, contextValue };
        } catch (error) {
          return [error instanceof GraphQLError ? error : new GraphQLError('The operation is not valid.')];
        }
      },
      onComplete: (context) => {
        open.set(context.extra.socket, (open.get(context.extra.socket) ?? 1) - 1);
      },
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => formatError(error.toJSON(), error, parts.log)),
    },
    sockets,
  );
}
