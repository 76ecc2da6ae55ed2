export { listLogs, logFacets, logsOfTrace, logVolume, type LogPage, type StoredLog } from './log-list.ts';
export { SEVERITIES, type LogQuery, type Severity } from './sql.ts';
