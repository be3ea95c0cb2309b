import { load } from './kernel.ts';
import { timed } from './timed.ts';

self.onmessage = async ({ data: job }) => {
  self.postMessage(timed(await load(job.kernel), job));
};
