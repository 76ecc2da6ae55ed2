// A small application that asks a model, as an example of one that Sonde watches. The model call is instrumented from
// outside, by the flags of `npm start`; the span around the question is the application's own.
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const tracer = trace.getTracer('sonde.example.node');
// Any OpenAI-compatible server: vLLM, TGI, SGLang, llama.cpp, Ollama …
const client = new OpenAI({
  baseURL: process.env.OPENAI_BASE_URL ?? 'http://127.0.0.1:8000/v1',
  apiKey: process.env.OPENAI_API_KEY ?? 'none',
});

async function answer(model, question) {
  return tracer.startActiveSpan('answer question', async (span) => {
    try {
      const stream = await client.chat.completions.create({
        model,
        messages: [
          { role: 'system', content: 'Answer in one short paragraph.' },
          { role: 'user', content: question },
        ],
        max_tokens: 200,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
      process.stdout.write('\n');
    } finally {
      span.end();
    }
  });
}

const model = process.env.MODEL ?? (await client.models.list()).data[0].id;
const questions = process.argv.slice(2);
for (const question of questions.length > 0 ? questions : ['What is a sonde?']) await answer(model, question);
