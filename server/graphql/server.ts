import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../log.js';
import type { RequestContext } from './context.js';
import { formatError, logFailures } from './errors.js';
import { inspectOperation, maximumTokens } from './inspect.js';

/** Bytes of one operation, variables included. */
export const maximumOperationBytes = 256 * 1024;

const inspecting = (schema: GraphQLSchema, log: Logger): ApolloServerPlugin<RequestContext> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, operation, request, contextValue }) => {
      if (operation?.operation === 'subscription') {
        const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } };
        throw new GraphQLError('Subscriptions are served over graphql-transport-ws only.', { extensions });
      }
      const { operationName, variables } = request;
      inspectOperation({ schema, document, operationName, variables, caller: contextValue.caller });
    },
    didEncounterErrors: async ({ errors, contextValue }) => logFailures(errors, contextValue.log),
  }),
  contextCreationDidFail: async ({ error }) => log.error('a request could not be begun', { error }),
  invalidRequestWasReceived: async ({ error }) => log.debug('a request was no operation', { error }),
  unexpectedErrorProcessingRequest: async ({ error, requestContext }) =>
    requestContext.contextValue.log.error('a request failed', { error }),
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
    formatError,
    plugins: [ApolloServerPluginLandingPageDisabled(), inspecting(schema, log)],
  });
  await apollo.start();
  return apollo;
}
