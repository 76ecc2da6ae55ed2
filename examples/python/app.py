"""A small application that asks a model, as an example of one that Sonde watches.

Its own code knows OpenTelemetry only for the span around the whole question; the model call is instrumented by
`opentelemetry-instrument`, log lines are exported with the ids of the span they were written in.
"""

import logging
import os
import sys

from openai import OpenAI
from opentelemetry import trace

tracer = trace.get_tracer("sonde.example.python")
log = logging.getLogger("example")


def answer(client: OpenAI, model: str, question: str) -> str:
    with tracer.start_as_current_span("answer question"):
        log.info("asking %s", model)
        completion = client.chat.completions.create(
            model=model,
            messages=[
                {"role": "system", "content": "Answer in one short paragraph."},
                {"role": "user", "content": question},
            ],
            max_tokens=200,
        )
        log.info("%d tokens answered", completion.usage.completion_tokens)
        return completion.choices[0].message.content or ""


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    # Any OpenAI-compatible server: vLLM, TGI, SGLang, llama.cpp, Ollama …
    client = OpenAI(
        base_url=os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1"),
        api_key=os.environ.get("OPENAI_API_KEY", "none"),
    )
    model = os.environ.get("MODEL") or client.models.list().data[0].id
    for question in sys.argv[1:] or ["What is a sonde?", "Why does time to first token matter?"]:
        print(answer(client, model, question))


if __name__ == "__main__":
    main()
