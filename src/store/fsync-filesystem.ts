import { closeSync, fsyncSync, openSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The parts of emscripten's file system that the hook touches. PGlite is pinned to an exact version because of them. */
type Stream = { readonly nfd?: number | null; readonly node: unknown };
type NodeFileSystem = { stream_ops: Record<string, unknown>; realPath(node: unknown): string };

/** Emscripten's number for an I/O error. */
const eio = 29;

/** Counts what reached the disk, for the self-test. */
export type FsyncCounter = { count: number };

/**
 * PGlite's directory file system with a real fsync. Without it PostgreSQL believes that its log is on disk while the operating
 * system still holds it in memory: nearly every acknowledged commit is lost in a power cut.
 */
export class FsyncFilesystem extends NodeFS {
  readonly #fsyncs: FsyncCounter;

  constructor(directory: string, fsyncs: FsyncCounter) {
    super(directory);
    this.#fsyncs = fsyncs;
  }

  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const fsyncs = this.#fsyncs;
    const made = await super.init(...given);
    made.emscriptenOpts.preRun ??= [];
    made.emscriptenOpts.preRun.push((module) => {
      // The hook point has no type: it is emscripten's, not PGlite's.
      const nodefs = (module as unknown as { NODEFS: NodeFileSystem }).NODEFS;
      nodefs.stream_ops['fsync'] = (stream: Stream) => {
        fsyncs.count += 1;
        return sync(nodefs, stream);
      };
    });
    return made;
  }
}

function sync(nodefs: NodeFileSystem, stream: Stream): number {
  try {
    if (stream.nfd !== undefined && stream.nfd !== null) {
      fsyncSync(stream.nfd);
      return 0;
    }
    const descriptor = openSync(nodefs.realPath(stream.node), 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return 0;
  } catch {
    // PostgreSQL panics on this rather than acknowledge, which is what is wanted.
    return eio;
  }
}

/** PostgreSQL's own settings without `-F`, which switches fsync off. `fdatasync` is a stub here, so the log uses fsync. */
export const durableStartParams: readonly string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'fsync=on',
  '-c',
  'wal_sync_method=fsync',
];
