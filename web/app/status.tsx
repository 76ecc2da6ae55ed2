import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import type { StatusResponse } from '../../src/serve/sonde/contract.ts';
import { useData, type Loaded } from './use-data.ts';
import { ask } from '../api/client.ts';

const StatusContext = createContext<Loaded<StatusResponse> | undefined>(undefined);
const EVERY_MS = 5000;
const EVERY_WAITING_MS = 1500;

/** What runs and what has arrived; asked every few seconds, oftener while the first record is awaited. */
export function StatusProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [round, setRound] = useState(0);
  const status = useData(`status ${round}`, (signal) => ask('status', {}, {}, signal));
  const waiting = status.data === undefined || !hasData(status.data);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), waiting ? EVERY_WAITING_MS : EVERY_MS);
    return () => clearInterval(timer);
  }, [waiting]);
  return <StatusContext value={status}>{children}</StatusContext>;
}

export function useStatus(): Loaded<StatusResponse> {
  const status = useContext(StatusContext);
  if (status === undefined) throw new Error('useStatus outside of StatusProvider');
  return status;
}

/** Whether any record was ever stored. */
export function hasData(status: StatusResponse): boolean {
  return status.everReceived.metrics || status.everReceived.traces || status.everReceived.logs;
}
