import { z } from 'zod';
import { SondeError } from '../../model/errors.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

const message = z
  .looseObject({
    role: z.string(),
    content: z.union([z.string(), z.array(part), z.null()]).optional(),
    tool_calls: z
      .array(
        z.looseObject({
          id: z.string(),
          type: z.literal('function'),
          function: z.object({ name: z.string(), arguments: z.string() }),
        }),
      )
      .optional(),
    tool_call_id: z.string().optional(),
  })
  .transform((m) => ({
    role: m.role,
    content: typeof m.content === 'string' ? m.content : (m.content ?? []).map((p) => p.text ?? '').join(''),
    ...(m.tool_calls === undefined ? {} : { tool_calls: m.tool_calls }),
  }));

const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  n: z.literal(1).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(z.unknown()).nullish(),
});

/** The body of `POST /v1/chat/completions`, as far as the demo's servers heed it. */
export type ChatRequest = z.output<typeof chatRequest>;

const embeddingRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
});

const generateRequest = z.looseObject({
  inputs: z.string().min(1),
  parameters: z.looseObject({ max_new_tokens: z.number().int().positive().nullish() }).optional(),
});

export const parseChatRequest = (body: unknown): ChatRequest => parse(chatRequest, body);
export const parseEmbeddingRequest = (body: unknown): z.output<typeof embeddingRequest> =>
  parse(embeddingRequest, body);
/** TGI's own `POST /generate` and `/generate_stream`. */
export const parseGenerateRequest = (body: unknown): z.output<typeof generateRequest> => parse(generateRequest, body);

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new SondeError(`the request is not understood: ${issue.message}`, {
    kind: 'invalid',
    code: 'demo-bad-request',
    where: issue.path.join('.'),
    mend: "see the OpenAI API's reference for this route",
  });
}
