import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

/**
 * A text that nobody else writes, sent as prompt, completion, tool argument and so on through every dialect and door,
 * must afterwards be nowhere: not in the data folder's bytes (also not compressed away: the engine is asked too), not
 * in the log, not in an answer.
 */
const CANARY = 'zebra-quince-7f3a-marmalade';
const data = temporaryDataDir();
let sonde: SondeProcess;

beforeAll(async () => {
  sonde = await startSonde(data.path, [], { SONDE_LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await sonde.stop();
  data.remove();
});

type Attribute = readonly [key: string, value: string];
const attribute = ([key, value]: Attribute) => ({ key, value: { stringValue: value } });
const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: CANARY }] }]);

/** Attributes by dialect: what each SDK's scope puts content into. */
const DIALECTS: readonly { readonly scope: string; readonly attributes: readonly Attribute[] }[] = [
  {
    scope: 'opentelemetry.instrumentation.openai_v2',
    attributes: [
      ['gen_ai.operation.name', 'chat'],
      ['gen_ai.input.messages', messages],
      ['gen_ai.output.messages', messages],
      ['gen_ai.system_instructions', CANARY],
      ['gen_ai.tool.definitions', CANARY],
      ['gen_ai.tool.call.arguments', `{"q":"${CANARY}"}`],
      ['gen_ai.tool.call.result', CANARY],
      ['gen_ai.retrieval.query.text', CANARY],
      ['gen_ai.retrieval.documents', CANARY],
      ['gen_ai.prompt', CANARY],
      ['gen_ai.completion', CANARY],
    ],
  },
  {
    scope: 'openinference.instrumentation.langchain',
    attributes: [
      ['openinference.span.kind', 'LLM'],
      ['input.value', CANARY],
      ['output.value', CANARY],
      ['llm.input_messages.0.message.content', CANARY],
      ['llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments', CANARY],
      ['retrieval.documents.3.document.content', CANARY],
      ['embedding.embeddings.0.embedding.text', CANARY],
      ['llm.prompt_template.variables', CANARY],
      ['metadata', CANARY],
    ],
  },
  {
    scope: 'opentelemetry.instrumentation.langchain',
    attributes: [
      ['traceloop.span.kind', 'workflow'],
      ['gen_ai.prompt.0.content', CANARY],
      ['gen_ai.completion.0.content', CANARY],
      ['gen_ai.completion.0.tool_calls.0.arguments', CANARY],
      ['traceloop.entity.input', CANARY],
      ['traceloop.entity.output', CANARY],
      ['llm.headers', `{"authorization":"${CANARY}"}`],
    ],
  },
  {
    scope: 'ai',
    attributes: [
      ['ai.operationId', 'ai.generateText.doGenerate'],
      ['ai.prompt', CANARY],
      ['ai.prompt.messages', messages],
      ['ai.response.text', CANARY],
      ['ai.toolCall.args', CANARY],
      ['ai.toolCall.result', CANARY],
      ['ai.value', CANARY],
    ],
  },
  {
    scope: 'langsmith',
    attributes: [
      ['langsmith.span.kind', 'llm'],
      ['gen_ai.prompt', CANARY],
      ['gen_ai.completion', CANARY],
      ['gen_ai.serialized.doc', CANARY],
      ['langsmith.metadata.note', CANARY],
    ],
  },
  {
    scope: 'langfuse-sdk',
    attributes: [
      ['langfuse.observation.type', 'generation'],
      ['langfuse.observation.input', CANARY],
      ['langfuse.observation.output', CANARY],
      ['langfuse.trace.input', CANARY],
      ['langfuse.observation.metadata.note', CANARY],
      ['langfuse.observation.status_message', CANARY],
    ],
  },
  {
    scope: 'openlit',
    attributes: [
      ['gen_ai.content.prompt', CANARY],
      ['gen_ai.content.completion', CANARY],
    ],
  },
  {
    scope: 'mlflow',
    attributes: [
      ['mlflow.spanInputs', CANARY],
      ['mlflow.spanOutputs', CANARY],
    ],
  },
  {
    scope: 'pydantic-ai',
    attributes: [
      ['all_messages_events', CANARY],
      ['tool_arguments', CANARY],
      ['final_result', CANARY],
    ],
  },
];

const now = (): string => `${Date.now()}000000`;
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

function spans(): unknown {
  return {
    resourceSpans: [
      {
        resource: { attributes: [attribute(['service.name', 'canary'])] },
        scopeSpans: DIALECTS.map(({ scope, attributes }, i) => ({
          scope: { name: scope },
          spans: [
            {
              traceId: hex(i + 1, 32),
              spanId: hex(i + 1, 16),
              name: 'chat llama',
              kind: 3,
              startTimeUnixNano: now(),
              endTimeUnixNano: now(),
              attributes: [attribute(['gen_ai.request.model', 'llama']), ...attributes.map(attribute)],
              status: { code: 2, message: `model refused: ${CANARY}` },
              events: [
                {
                  timeUnixNano: now(),
                  name: 'gen_ai.content.prompt',
                  attributes: [attribute(['gen_ai.prompt', CANARY])],
                },
                { timeUnixNano: now(), name: 'gen_ai.user.message', attributes: [attribute(['content', CANARY])] },
                { timeUnixNano: now(), name: 'gen_ai.choice', attributes: [attribute(['message', messages])] },
                {
                  timeUnixNano: now(),
                  name: 'exception',
                  attributes: [
                    attribute(['exception.message', `bad prompt: ${CANARY}`]),
                    attribute(['exception.stacktrace', `Error: ${CANARY}\n at x`]),
                  ],
                },
              ],
            },
          ],
        })),
      },
    ],
  };
}

function logs(): unknown {
  const names = ['gen_ai.user.message', 'gen_ai.system.message', 'gen_ai.assistant.message', 'gen_ai.tool.message', 'gen_ai.choice', 'gen_ai.client.inference.operation.details']; // prettier-ignore
  return {
    resourceLogs: [
      {
        resource: { attributes: [attribute(['service.name', 'canary'])] },
        scopeLogs: [
          {
            scope: { name: 'opentelemetry.instrumentation.openai_v2' },
            logRecords: names.flatMap((eventName) => [
              {
                timeUnixNano: now(),
                eventName,
                body: { kvlistValue: { values: [attribute(['content', CANARY])] } },
                attributes: [attribute(['gen_ai.input.messages', messages])],
              },
              {
                timeUnixNano: now(),
                attributes: [attribute(['event.name', eventName])],
                body: { stringValue: CANARY },
              },
            ]),
          },
        ],
      },
    ],
  };
}

function metrics(): unknown {
  const labels = ['prompt', 'gen_ai.prompt', 'completion', 'user_prompt', 'gen_ai.input.messages'];
  return {
    resourceMetrics: [
      {
        resource: { attributes: [attribute(['service.name', 'canary'])] },
        scopeMetrics: [
          {
            metrics: labels.map((label, i) => ({
              name: `canary.metric${i}`,
              gauge: { dataPoints: [{ timeUnixNano: now(), asDouble: 1, attributes: [attribute([label, CANARY])] }] },
            })),
          },
        ],
      },
    ],
  };
}

async function send(path: string, body: unknown): Promise<string> {
  const response = await fetch(`${sonde.otlpHttp}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return `${response.status} ${text}`;
}

function bytesBelow(folder: string): Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

test('content sent through every dialect is in no byte, log or answer', { timeout: 60_000 }, async () => {
  const answers = [
    await send('/v1/traces', spans()),
    await send('/v1/logs', logs()),
    await send('/v1/metrics', metrics()),
  ];
  for (const answer of answers) expect(answer).toMatch(/^200 /);
  // Malformed bodies that hold content: refused, and not quoted.
  answers.push(await send('/v1/traces', `{"resourceSpans":[{"x":"${CANARY}"`));
  answers.push(
    await send('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: CANARY, traceId: CANARY }] }] }] }),
  );

  const wide = `from=now-1h&to=now%2B1h`;
  const paths = [
    `/sonde/api/v1/traces?${wide}`,
    `/sonde/api/v1/logs?${wide}`,
    `/sonde/api/v1/overview?${wide}`,
    `/sonde/api/v1/safety?${wide}`,
    ...DIALECTS.map((_, i) => `/sonde/api/v1/traces/${hex(i + 1, 32)}`),
    '/api/v1/labels',
    '/api/v1/series?match[]={__name__=~"canary.*"}',
    '/metrics',
  ];
  for (const path of paths) {
    const response = await fetch(sonde.url + path);
    expect(response.status, path).toBe(200);
    answers.push(await response.text());
  }
  const traces = answers.find((answer) => answer.includes('canary'));
  expect(traces, 'the spans themselves are there').toBeDefined();
  for (const answer of answers) expect(answer).not.toContain(CANARY);
  await sonde.stop();
  expect(sonde.stderr()).not.toContain(CANARY);
  for (const bytes of bytesBelow(data.path)) expect(bytes.includes(CANARY)).toBe(false);
});
