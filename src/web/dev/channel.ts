/** The way to the development server: the socket of its own, if the page has it, or else a path of its own. */
export interface Answer {
  page: string;
  /** ids of the races that it is about */
  judged: string[];
  /** ids of races that are known to the project */
  suppressed: string[];
}

/** What is used of vite's `import.meta.hot`. */
export interface Hot {
  on(event: string, heard: (data: Answer) => void): void;
  send(event: string, data: string): void;
}

const { fetch } = globalThis;

/** @param url of the server's folder of tsrace's */
export function openChannel(
  url: string,
  socket: (() => Promise<{ hot: Hot | undefined }>) | undefined,
  heard: (answer: Answer) => void,
): (text: string) => void {
  const post = poster(`${url}races`, heard);
  if (socket === undefined) return post;
  const way = socket().then(
    ({ hot }) => {
      if (hot === undefined) return post;
      hot.on('tsrace:answer', heard);
      return (text: string) => hot.send('tsrace:races', text);
    },
    () => post,
  );
  return (text) => void way.then((send) => send(text));
}

function poster(url: string, heard: (answer: Answer) => void): (text: string) => void {
  let isThere = true;
  return async (text) => {
    if (!isThere) return;
    try {
      const response = await post(url, text);
      if (response.ok) heard((await response.json()) as Answer);
      // the page comes from elsewhere
      else if (response.status === 404 || response.status === 405) isThere = false;
    } catch {
      // the server is gone, and comes back maybe
    }
  };
}

async function post(url: string, body: string): Promise<Response> {
  const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
  try {
    // it gets there when the page is gone
    return await fetch(url, { ...request, keepalive: true });
  } catch {
    // the server is gone, or it is more than a browser sends for pages that are: 64 KiB of all at a time
    return fetch(url, request);
  }
}
