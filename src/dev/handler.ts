/**
 * What a development server has of tsrace's, below `__tsrace__/`: the page of all races so far, their document, and
 * where pages send what they find if they have no socket. Only pages of the server itself may send.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_MESSAGE } from '../remote/message.ts';
import { renderJson } from '../report/render/json.ts';
import { respondWith, restrict } from '../view/respond.ts';
import type { DevReports } from './reports.ts';

export const FOLDER = '__tsrace__';

export type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** @param base of the server's paths, with slashes around */
export function handlerOf(reports: DevReports, base: string): Handler {
  return (request, response, next) => {
    const name = nameOf(request.url ?? '', base);
    if (name === undefined) {
      next();
      return;
    }
    restrict(response);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isHead = request.method === 'HEAD';
    if (name === '' && isRead) respondWith(reports.page(), response, isHead);
    else if (name === 'races.json' && isRead) json(response, 200, renderJson(reports.document()), isHead);
    else if (name === 'races' && request.method === 'POST') receive(reports, request, response);
    else response.writeHead(['', 'races.json', 'races'].includes(name) ? 405 : 404).end();
  };
}

/** What comes after the folder; vite and others may have taken the base off. */
function nameOf(url: string, base: string): string | undefined {
  const path = url.split(/[?#]/)[0]!;
  for (const start of [`${base}${FOLDER}`, `/${FOLDER}`]) {
    if (path === start) return '';
    if (path.startsWith(`${start}/`)) return path.slice(start.length + 1);
  }
  return undefined;
}

function receive(reports: DevReports, request: IncomingMessage, response: ServerResponse): void {
  const status = statusOf(request);
  if (status !== 200) {
    response.writeHead(status).end();
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_MESSAGE) chunks.push(chunk);
    else if (!response.headersSent) response.writeHead(413).end();
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const answer = reports.take(Buffer.concat(chunks).toString('utf8'));
    if (answer === undefined) response.writeHead(400).end();
    else json(response, 200, JSON.stringify(answer));
  });
}

function statusOf({ headers }: IncomingMessage): number {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  // where the browser says it, the name does not matter: there may be a proxy in between
  if (site !== undefined ? site !== 'same-origin' : origin !== undefined && hostOf(origin) !== host)
    return 403;
  // what no form of another site can send
  return headers['content-type'] === 'application/json' ? 200 : 415;
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function json(response: ServerResponse, status: number, text: string, isHead = false): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(isHead ? undefined : text);
}
