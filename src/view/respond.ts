/** The page as an answer of a server: it runs nothing but its own script, and no other site may have it or frame it. */
import type { ServerResponse } from 'node:http';
import type { Page } from './page.ts';

export function respondWith(page: Page, response: ServerResponse, isHead: boolean): void {
  const body = Buffer.from(page.html);
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Content-Security-Policy': `${page.policy}; frame-ancestors 'none'`,
  });
  response.end(isHead ? undefined : body);
}

export function restrict(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('X-Frame-Options', 'DENY');
}
