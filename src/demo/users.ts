import { Agent, request as httpRequest } from 'node:http';
import type { Clock } from './clock.ts';
import { Recent, type Quantiles } from './engine/account.ts';
import type { Random } from './random.ts';
import { TOPICS } from './servers/lexicon.ts';

const DAY_MS = 86_400_000;
const MAX_TURNS = 4;
/** Mean turns of a conversation: each is followed by another with probability 1/2, at most `MAX_TURNS`. */
const MEAN_TURNS = 1.875;

export interface UsersOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Mean over a day. */
  readonly questionsPerSecond: number;
  /** `host:port` of the application; unused when `ask` is given. */
  readonly appAddress: string;
  /** Share of users who leave when the first word takes longer than a few seconds, 0..1. */
  readonly impatientRatio: number;
  /** How much busier than usual the first seconds are, so that there is something to see. */
  readonly warmUpFactor: number;
  readonly warmUpMs: number;
}

export interface UsersTruth {
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  readonly gaveUp: number;
  /** As users saw it: question sent to first word, in seconds. */
  readonly firstWordSeconds: Quantiles;
}

/** How busy the users are at a moment, 1 on average: least at 04:00 UTC, most at 16:00. */
export function dailyFactor(unixMs: number): number {
  return 1 - 0.15 * Math.cos(2 * Math.PI * ((unixMs % DAY_MS) / DAY_MS - 4 / 24));
}

/**
 * People with questions: conversations begin as a Poisson process whose rate follows the hour of the day and rises in
 * bursts; a follow-up comes after some thought and continues the conversation, so its prompt shares the beginning.
 * Some lose patience before the first word and close the page. The same seed asks the same questions.
 */
export class Users {
  private readonly options: UsersOptions;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly timers = new Set<() => void>();
  private readonly open = new Set<() => void>();
  private readonly firstWord = new Recent();
  private readonly counts = { asked: 0, answered: 0, failed: 0, gaveUp: 0 };
  private conversations = 0;
  private startedMs = 0;
  private burstUntilMs = 0;
  private stopped = false;

  constructor(options: UsersOptions) {
    this.options = options;
  }

  start(): void {
    this.startedMs = this.options.clock.now();
    this.later(0, () => this.arrive());
    this.scheduleBurst();
  }

  /** Everyone leaves. */
  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers) cancel();
    for (const leave of this.open) leave();
    this.agent.destroy();
  }

  truth(): UsersTruth {
    return { ...this.counts, firstWordSeconds: this.firstWord.quantiles() };
  }

  private arrive(): void {
    const random = this.options.random.fork(`conversation/${this.conversations}`);
    const tenant = random.pick(['acme', 'acme', 'acme', 'globex', 'globex', 'initech']);
    void this.turn(random, `conv-${(++this.conversations).toString(36)}`, tenant, 1);
    const ratePerMs = (this.options.questionsPerSecond / MEAN_TURNS / 1000) * this.factorNow();
    this.later(this.options.random.exponential(1 / ratePerMs), () => this.arrive());
  }

  private factorNow(): number {
    const nowMs = this.options.clock.now();
    const warm = nowMs - this.startedMs < this.options.warmUpMs ? this.options.warmUpFactor : 1;
    return warm * dailyFactor(nowMs) * (nowMs < this.burstUntilMs ? 1.7 : 1);
  }

  private scheduleBurst(): void {
    const { random, clock } = this.options;
    this.later(random.exponential(120_000), () => {
      this.burstUntilMs = clock.now() + random.uniform(8_000, 20_000);
      this.scheduleBurst();
    });
  }

  private async turn(random: Random, conversationId: string, tenant: string, turn: number): Promise<void> {
    const impatient = random.chance(this.options.impatientRatio);
    const patienceMs = impatient ? random.logNormal(5000, 0.4) : random.logNormal(22_000, 0.35);
    const answered = await this.ask(
      { conversation_id: conversationId, tenant, question: makeQuestion(random, turn) },
      patienceMs,
    );
    if (!answered || turn >= MAX_TURNS || !random.chance(0.5)) return;
    this.later(random.logNormal(6000, 0.6), () => void this.turn(random, conversationId, tenant, turn + 1));
  }

  /** Resolves to whether an answer came. */
  private ask(body: object, patienceMs: number): Promise<boolean> {
    if (this.stopped) return Promise.resolve(false);
    const { clock } = this.options;
    const startMs = clock.now();
    const text = JSON.stringify(body);
    this.counts.asked++;
    return new Promise((resolve) => {
      let ended = false;
      const end = (how: 'answered' | 'failed' | 'gaveUp'): void => {
        if (ended) return;
        ended = true;
        calm();
        this.open.delete(leave);
        this.counts[how]++;
        resolve(how === 'answered');
      };
      const [host, port] = this.options.appAddress.split(':');
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const request = httpRequest(
        { host, port, path: '/ask', method: 'POST', headers, agent: this.agent },
        (response) => {
          response.once('data', () => {
            calm();
            if (response.statusCode === 200) this.firstWord.add((clock.now() - startMs) / 1000);
          });
          response.on('end', () => end(response.statusCode === 200 ? 'answered' : 'failed'));
          response.on('error', () => end('failed'));
          response.resume();
        },
      );
      const leave = (): void => {
        end('gaveUp');
        request.destroy();
      };
      request.on('error', () => end('failed'));
      const calm = this.later(patienceMs, leave);
      this.open.add(leave);
      request.end(text);
    });
  }

  /** Like `clock.after`, forgotten when the users stop. */
  private later(delayMs: number, action: () => void): () => void {
    const cancel = this.options.clock.after(delayMs, () => {
      this.timers.delete(cancel);
      if (!this.stopped) action();
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }
}

const OPENINGS = ['Hello,', 'Hi there,', 'Good morning,', 'Quick question:', 'Sorry to bother you again,'];
const FIRST_NAMES = ['jane', 'omar', 'li', 'maria', 'tom', 'aisha', 'jonas', 'ines'];

/** What a person asks; some name an order, which makes the agent look it up, some leave a mail address. */
function makeQuestion(random: Random, turn: number): string {
  const topic = random.pick(TOPICS);
  const order = random.chance(0.42) ? ` It is about order ${10_000 + random.below(89_999)}.` : '';
  const mail = random.chance(0.2)
    ? ` You can reach me at ${random.pick(FIRST_NAMES)}.${random.pick(TOPICS)}${random.below(100)}@example.com.`
    : '';
  const opening = turn === 1 ? `${random.pick(OPENINGS)} ` : 'And ';
  return `${opening}how does ${topic} work when ${random.pick(TOPICS)} is not possible?${order}${mail}`;
}
