import { randomBytes } from 'node:crypto';
import type { PoolSizes } from './host-options.ts';
import type { EngineResult, EngineSession, PooledSession } from './session-pool.ts';
import { GivenUpError, SessionPool } from './session-pool.ts';
import type { Statement } from './statement.ts';
import { parameterNames, quote, renderSettings, withSettings } from './statement.ts';

export interface EngineRequest {
  readonly statement: Statement;
  /** Query parameters in ClickHouse's escaped form, as they stand in a URL. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  /** Output format where the statement names none. */
  readonly format: string;
  /** Aborting stops the statement in the engine. */
  readonly signal?: AbortSignal;
}

/** How often a statement that shall stop is told so: it may not have begun when it is told first. */
const KILL_INTERVAL_MS = 25;

/**
 * The embedded engine with the precautions its sessions need: a failed statement's session is thrown away,
 * settings and parameters of one statement never reach another, and what is given up is killed.
 */
export class Engine {
  private readonly control: EngineSession;
  private readonly pools: Record<keyof PoolSizes, SessionPool>;

  /** @param open opens a session on the data folder; the first call decides whether there is an engine at all */
  constructor(open: () => EngineSession, sizes: PoolSizes) {
    // Stays open: the engine would close the folder with its last session.
    this.control = open();
    this.pools = {
      write: new SessionPool(open, sizes.write),
      read: new SessionPool(open, sizes.read),
      user: new SessionPool(open, sizes.user),
    };
  }

  async version(): Promise<string> {
    const result = await this.control.queryAsync('SELECT version()', { format: 'TabSeparated' });
    return Buffer.from(result.bytes()).toString('utf8').trim();
  }

  run(request: EngineRequest): Promise<EngineResult> {
    const readonly = request.settings.has('readonly') && request.settings.get('readonly') !== '0';
    const pool = readonly ? 'user' : request.statement.kind === 'select' ? 'read' : 'write';
    return this.pools[pool].run((pooled) => this.runOn(pooled, request, readonly), request.signal);
  }

  close(): void {
    for (const pool of Object.values(this.pools)) pool.close();
    this.control.close();
  }

  private async runOn(pooled: PooledSession, request: EngineRequest, readonly: boolean): Promise<EngineResult> {
    const { statement, parameters, signal } = request;
    const wanted = parameterNames(statement.text);
    const unset = (name: string): boolean => wanted.has(name) && !parameters.has(name);
    if ([...pooled.parameters].some(unset)) pooled.renew();

    const marker = `sonde-${randomBytes(12).toString('hex')}`;
    const settings = new Map(request.settings);
    const before = Array.from(parameters, ([name, value]) => `SET param_${name} = ${quote(value)}`);
    for (const name of parameters.keys()) pooled.parameters.add(name);
    let text: string;
    if (readonly || statement.kind === 'other') {
      // SET sticks, so the session ends with this statement.
      pooled.spoiled = true;
      settings.delete('readonly');
      settings.set('log_comment', marker);
      before.push(`SET ${renderSettings(settings)}`);
      if (readonly) before.push('SET readonly = 1');
      text = statement.text;
    } else {
      settings.set('log_comment', marker);
      text = withSettings(statement, settings, request.format);
    }
    const sql = [...before, text].join(';\n');
    return this.untilGivenUp(pooled.session.queryAsync(sql, { format: request.format }), marker, signal);
  }

  /** Waits for the engine; from the moment `signal` aborts, kills what carries `marker` until it has ended. */
  private async untilGivenUp(
    running: Promise<EngineResult>,
    marker: string,
    signal: AbortSignal | undefined,
  ): Promise<EngineResult> {
    if (signal === undefined) return running;
    let timer: NodeJS.Timeout | undefined;
    const kill = (): void => {
      // A kill that fails is followed by another.
      this.control
        .queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quote(marker)} ASYNC`, { format: 'TabSeparated' })
        .catch(() => undefined)
        .finally(() => (timer = ended ? undefined : setTimeout(kill, KILL_INTERVAL_MS)));
    };
    let ended = false;
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    try {
      return await running;
    } catch (cause) {
      throw signal.aborted ? new GivenUpError('killed', { cause }) : cause;
    } finally {
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
    }
  }
}
