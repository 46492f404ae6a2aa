// What the stand-in delivers, as server-sent events, read with fetch because they need a token.
// After every break the stream goes on after the last delivery that was seen.

import { authorization } from './door.js';

const SILENCE_MS = 30_000; // the server says something every twelve seconds
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Follow deliveries until the credentials are refused; `on` has run, delivery, state, refused. */
export async function follow(on) {
  const seen = { run: '', sequence: 0 };
  for (let failures = 0; ; ) {
    const silence = new AbortController();
    try {
      const response = await fetch(
        `/demo/phones/deliveries?run=${seen.run}&since=${seen.sequence}`,
        { headers: authorization(), cache: 'no-store', signal: silence.signal },
      );
      if (response.status === 403) {
        on.refused();
        return;
      }
      if (!response.ok) throw new Error(response.statusText);
      on.state('live');
      failures = 0;
      for await (const { name, data } of events(response.body, silence)) {
        if (name === 'run' && data !== seen.run) {
          Object.assign(seen, { run: data, sequence: 0 });
          on.run();
        }
        if (name === 'delivery' && data.sequence > seen.sequence) {
          seen.sequence = data.sequence;
          on.delivery(data);
        }
      }
    } catch {
      // the network, the server's stop, or its silence: all of them are mended by asking again
    }
    on.state('waiting');
    await sleep(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
    failures += 1;
  }
}

async function* events(body, silence) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let timer;
  try {
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (text + value).split('\n\n');
      text = parts.pop();
      yield* parts.map(parsed).filter((event) => event.name);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function parsed(part) {
  const fields = Object.fromEntries(
    part.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { name: fields.event, data: fields.data && JSON.parse(fields.data) };
}
