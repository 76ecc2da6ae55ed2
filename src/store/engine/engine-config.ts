import { cpus, totalmem } from 'node:os';

const MIB = 1024 * 1024;

/** Least that the engine can work with. */
const MIN_MEMORY_BYTES = 512 * MIB;

/** Each merge writes its rows again; parts of this size are left as they are. */
const MAX_MERGED_BYTES = 4 * 1024 * MIB;

/**
 * Below this size (uncompressed) a part is two files instead of two a column: a table of 45 columns else makes and
 * deletes hundreds of files a merge, and that, not the data, took most of a busy engine's time
 * (bench: `serve/ingest-end-to-end`).
 */
const MIN_WIDE_PART_BYTES = 1024 * MIB;

export interface EngineConfigOptions {
  /** All that the engine may take. */
  readonly memoryBytes: number;
  readonly fsync: boolean;
  /** Folder below which BACKUP and RESTORE may work. */
  readonly backupDir: string;
}

/** A quarter of the machine. */
export function defaultMemoryBytes(): number {
  return Math.max(MIN_MEMORY_BYTES, Math.floor(totalmem() / 4));
}

/**
 * The engine's configuration file. Its own defaults suit a server that has the machine to itself: caches of
 * 5 GiB each, nine tenths of all memory, 16 threads for merges, 512 for schedules. Merges are fewer and larger here
 * (`merge_selector_base`), and what waits for a free place among many places is told of the two there are.
 * @see https://clickhouse.com/docs/operations/server-configuration-parameters/settings
 */
export function engineConfig(options: EngineConfigOptions): string {
  const share = (part: number, most: number): number => Math.min(most * MIB, Math.floor(options.memoryBytes * part));
  const mergeThreads = Math.max(1, Math.floor(cpus().length / 2));
  const fsync = options.fsync ? 1 : 0;
  return `<clickhouse>
  <max_server_memory_usage>${options.memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${share(0.05, 512)}</mark_cache_size>
  <index_mark_cache_size>${share(0.02, 128)}</index_mark_cache_size>
  <primary_index_cache_size>${share(0.05, 512)}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <memory_worker_period_ms>250</memory_worker_period_ms>
  <mmap_cache_size>1000</mmap_cache_size>
  <compiled_expression_cache_size>${16 * MIB}</compiled_expression_cache_size>
  <query_cache><max_size_in_bytes>${share(0.02, 64)}</max_size_in_bytes></query_cache>
  <background_pool_size>${mergeThreads}</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <backups><allowed_path>${escapeXml(options.backupDir)}</allowed_path></backups>
  <merge_tree>
    <fsync_after_insert>${fsync}</fsync_after_insert>
    <fsync_part_directory>${fsync}</fsync_part_directory>
    <max_bytes_to_merge_at_max_space_in_pool>${MAX_MERGED_BYTES}</max_bytes_to_merge_at_max_space_in_pool>
    <merge_selector_base>20</merge_selector_base>
    <min_bytes_for_wide_part>${MIN_WIDE_PART_BYTES}</min_bytes_for_wide_part>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
