// A connection on which answers get lost: the service has done what was asked, and the device does not hear so.
import { createServer, request, type Server } from 'node:http';

export function unreliable(to: number, at: number) {
  /** How many answers each of these addresses still loses. */
  const losing = new Map<string, number>();
  const lost: string[] = [];
  const server: Server = createServer((asked, answer) => {
    const { method, url = '', headers } = asked;
    const onward = request({ host: '127.0.0.1', port: to, method, path: url, headers }, (came) => {
      const path = method === 'GET' ? undefined : [...losing.keys()].find((one) => url.includes(one));
      const left = losing.get(path ?? '') ?? 0;
      if (path && left > 0) {
        losing.set(path, left - 1);
        lost.push(url);
        came.resume().on('end', () => asked.socket.destroy());
        return;
      }
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    onward.on('error', () => asked.socket.destroy());
    asked.pipe(onward);
  });
  return {
    lost,
    lose: (paths: string[], times: number): void => {
      for (const path of paths) losing.set(path, times);
    },
    open: (): Promise<void> => new Promise((done) => void server.listen(at, '127.0.0.1', done)),
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
}
