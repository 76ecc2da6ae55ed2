import { z } from 'zod';
import { SondeError } from '../../model/errors.ts';
import type { Clock } from '../clock.ts';
import { HttpService, type Exchange } from '../servers/http-service.ts';
import { ServiceTelemetry } from '../telemetry.ts';
import { SupportAgent, type AgentParts, type Question, type Release } from './agent.ts';
import { STABLE, type Deployment } from './deployment.ts';
import { CallError } from './model-client.ts';

const askBody = z.object({ conversation_id: z.string(), tenant: z.string(), question: z.string().min(1) });
const EMAIL = /\S+@\S+/;

/** Questions by how they ended. `asked` = answered + refused + failed + aborted + those still open. */
export interface AppTruth {
  readonly version: string;
  readonly asked: number;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly aborted: number;
}

export interface SupportAppOptions {
  readonly otlpHttpUrl: string | undefined;
  readonly agent: AgentParts;
  readonly clock: Clock;
  /** Whether a line of debug left in the code logs a customer's mail address now and then. */
  readonly leaksAddresses: boolean;
}

/**
 * The RAG application as a service: `POST /ask` streams the answer as plain text. `deploy` replaces the running
 * version as a rollout does: questions under way end on the old one, and telemetry carries the version that made it.
 */
export class SupportApp {
  private readonly options: SupportAppOptions;
  private readonly agent: SupportAgent;
  private readonly service: HttpService;
  private readonly releases: Release[] = [];
  private readonly ended = { asked: 0, answered: 0, refused: 0, failed: 0, aborted: 0 };

  constructor(options: SupportAppOptions) {
    this.options = options;
    this.agent = new SupportAgent(options.agent);
    this.releases.push(this.release(STABLE));
    this.service = new HttpService({ 'POST /ask': (exchange) => this.ask(exchange) }, (message) => ({
      error: message,
    }));
  }

  start(port: number): Promise<string> {
    return this.service.listen(port);
  }

  async stop(): Promise<void> {
    await this.service.close();
  }

  get current(): Deployment {
    return this.releases.at(-1)!.deployment;
  }

  /** Puts a version into service and says so in the log, where charts can find it. */
  deploy(deployment: Deployment): void {
    const before = this.current.version;
    if (before === deployment.version) return;
    // A version that ran before keeps its telemetry: a rollback is the same resource again.
    const known = this.releases.findIndex((release) => release.deployment.version === deployment.version);
    const release = known < 0 ? this.release(deployment) : this.releases.splice(known, 1)[0]!;
    this.releases.push(release);
    release.telemetry.log(
      'info',
      `deployed ${deployment.version}`,
      { 'service.version': deployment.version, previous: before },
      undefined,
      'app.deployed',
    );
  }

  telemetries(): readonly ServiceTelemetry[] {
    return this.releases.map((release) => release.telemetry);
  }

  truth(): AppTruth {
    return { version: this.current.version, ...this.ended };
  }

  private release(deployment: Deployment): Release {
    const resource = {
      'service.name': 'support-rag',
      'service.version': deployment.version,
      'service.instance.id': 'support-rag-0',
      'deployment.environment.name': 'production',
      'cloud.region': 'eu-central-1',
    };
    return {
      deployment,
      telemetry: new ServiceTelemetry(this.options.otlpHttpUrl, resource, 'sonde.demo.support-rag'),
    };
  }

  private async ask(exchange: Exchange): Promise<void> {
    const question = parseQuestion(await exchange.json());
    const release = this.releases.at(-1)!;
    const { response } = exchange;
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    this.ended.asked++;
    if (this.options.leaksAddresses) this.leak(release, question);
    const write = (text: string): void => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.write(text);
    };
    try {
      const answer = await this.agent.answer(release, question, gone.signal, write);
      this.ended[answer.refused ? 'refused' : 'answered']++;
      response.end();
    } catch (error) {
      if (gone.signal.aborted) {
        this.ended.aborted++;
        release.telemetry.log('warn', 'client went away before the answer was complete', { tenant: question.tenant });
        return;
      }
      this.ended.failed++;
      const errorType = error instanceof CallError ? error.errorType : '_OTHER';
      release.telemetry.log('error', 'request failed', { tenant: question.tenant, error_type: errorType });
      if (response.headersSent) response.destroy();
      else exchange.send(502, { error: 'a model did not answer' });
    }
  }

  /** The forgotten debug line that every real system has; it gives redaction something to find. */
  private leak(release: Release, question: Question): void {
    const address = EMAIL.exec(question.text);
    if (address !== null && question.text.length % 16 === 0) {
      release.telemetry.log('info', `customer wrote from ${address[0]}`, { tenant: question.tenant });
    }
  }
}

function parseQuestion(body: unknown): Question {
  const result = askBody.safeParse(body);
  if (!result.success) {
    throw new SondeError('a question needs conversation_id, tenant and question', {
      kind: 'invalid',
      code: 'demo-bad-request',
      mend: 'send {"conversation_id": "…", "tenant": "…", "question": "…"}',
    });
  }
  return { conversationId: result.data.conversation_id, tenant: result.data.tenant, text: result.data.question };
}
