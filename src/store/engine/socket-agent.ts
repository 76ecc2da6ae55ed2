import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** Connects every request to one Unix socket, whatever its URL says. */
export class SocketAgent extends Agent {
  private readonly socketPath: () => string;

  constructor(socketPath: () => string, options: AgentOptions) {
    super(options);
    this.socketPath = socketPath;
  }

  override createConnection(_options: ClientRequestArgs, _callback?: unknown): Socket {
    return connect(this.socketPath());
  }
}
