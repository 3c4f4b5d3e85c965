/** Node's inspector of another process on this machine. */
export type Inspector = {
  /** Its heap in use, after a collection. */
  heapBytes(): Promise<number>;
  close(): void;
};

type Answer = { readonly id: number; readonly result: { readonly usedSize?: number } };

/** The process was started with `--inspect=127.0.0.1:<port>`. */
export async function openInspector(port: number): Promise<Inspector> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string;
  }[];
  const [target] = targets;
  if (target === undefined) throw new Error(`nothing to inspect on port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no inspector on port ${port}`)));
  });
  const waiting = new Map<number, (result: Answer['result']) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer.result);
    waiting.delete(answer.id);
  });
  let asked = 0;
  const ask = (method: string) =>
    new Promise<Answer['result']>((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      socket.send(JSON.stringify({ id: asked, method }));
    });
  return {
    async heapBytes() {
      await ask('HeapProfiler.collectGarbage');
      return (await ask('Runtime.getHeapUsage')).usedSize ?? Number.NaN;
    },
    close: () => socket.close(),
  };
}
