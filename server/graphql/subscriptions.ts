import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { localCaller } from '../security/permissions.js';
import { createContext, type ApiParts } from './context.js';
import { failure, formatError, logFailures } from './errors.js';
import { inspectOperation, maximumTokens } from './inspect.js';
import { maximumOperationBytes } from './server.js';

/** How much one process serves live; the rest is refused and polls, or finds another process. */
export interface LiveLimits {
  sockets: number;
  operationsPerSocket: number;
}
const usual: LiveLimits = { sockets: 2_000, operationsPerSocket: 50 };

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
  limits = usual,
): { dispose(): Promise<void> | void } {
  const verifyClient = (
    { origin, req }: { origin?: string; req: IncomingMessage },
    answer: (accepted: boolean, status?: number) => void,
  ) => {
    if (!mayConnect({ origin, host: req.headers.host })) answer(false, 401);
    else if (sockets.clients.size >= limits.sockets) answer(false, 503);
    else answer(true);
  };
  // Not bound to the server itself, whose own failures, such as a port in use, are not the sockets' to report.
  const sockets = new WebSocketServer({
    noServer: true,
    path: '/graphql',
    maxPayload: maximumOperationBytes,
    verifyClient,
  });
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  return useServer(
    {
      schema,
      onSubscribe: ({ subscriptions }, _id, payload) => {
        // What is open on this socket, the new one included; the library takes out whatever ends, in any way.
        if (Object.keys(subscriptions).length > limits.operationsPerSocket) {
          return [coded('TOO_MANY_OPERATIONS', 'Too many operations on one connection.')];
        }
        const contextValue = createContext(parts, randomUUID(), localCaller, false);
        try {
          const document = parse(payload.query, { maxTokens: maximumTokens });
          const [invalid] = validate(schema, document, specifiedRules);
          if (invalid) return [coded('GRAPHQL_VALIDATION_FAILED', invalid.message)];
          const { operationName, variables } = payload;
          inspectOperation({ schema, document, operationName, variables, caller: localCaller });
          return { schema, document, operationName, variableValues: variables, contextValue };
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          contextValue.log.error('an operation could not be begun', { error });
          return [failure()];
        }
      },
      onNext: (_context, _id, _payload, { contextValue }, result) => {
        if (!result.errors) return undefined;
        logFailures(result.errors, logOf(contextValue, parts));
        const errors = result.errors.map((error) => formatError(error.toJSON(), error));
        return { ...result, errors };
      },
      onError: (_context, _id, _payload, errors) => {
        logFailures(
          errors.filter((error) => error instanceof GraphQLError),
          parts.log,
        );
        return errors.map((error) => formatError('toJSON' in error ? error.toJSON() : error, error));
      },
    },
    sockets,
  );
}

const coded = (code: string, message: string) => new GraphQLError(message, { extensions: { code } });

function logOf(contextValue: unknown, parts: ApiParts) {
  const context = contextValue as Partial<ApiParts> | undefined;
  return context?.log ?? parts.log;
}
