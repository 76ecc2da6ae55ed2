import { makeRandom } from '../random.ts';
import { embed } from '../servers/behaviour.ts';
import { prose, TOPICS } from '../servers/lexicon.ts';

const CHUNKS_PER_TOPIC = 8;
const CHUNK_CHARS = 880;

export interface Chunk {
  readonly id: string;
  readonly text: string;
}

export interface Hit {
  readonly chunk: Chunk;
  /** Cosine, -1..1. */
  readonly score: number;
}

/** The support articles, cut into chunks of some 220 tokens, and the vector search over them. */
export class KnowledgeBase {
  readonly chunks: readonly Chunk[];
  private readonly vectors: readonly Float32Array[];

  constructor(seed: number) {
    this.chunks = TOPICS.flatMap((topic) =>
      Array.from({ length: CHUNKS_PER_TOPIC }, (_, i) => {
        const random = makeRandom(`${seed}/kb/${topic}/${i}`);
        const text = `${topic}, part ${i + 1}: about ${topic} and ${random.pick(TOPICS)}. ${prose(random, CHUNK_CHARS)}`;
        return { id: `kb-${topic}-${i + 1}`, text: text.slice(0, CHUNK_CHARS) };
      }),
    );
    // Title words weigh most, as in an index that boosts them.
    this.vectors = this.chunks.map((chunk) => embed(chunk.text.slice(0, 60)));
  }

  /** The chunks nearest to a query's vector, best first. */
  search(query: Float32Array, topK: number): Hit[] {
    return this.chunks
      .map((chunk, i) => ({ chunk, score: dot(query, this.vectors[i]!) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, topK);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
