// Talks with the server. Every failure becomes an ApiError whose message a person can act on.

/** A request that failed: what went wrong in words, and whether it may help to try again. */
export class ApiError extends Error {
  constructor(message, status, retry) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.retry = retry;
  }
}

/** Sends a request and returns the JSON of its answer (null where it has none). */
export async function call(method, path, body, signal) {
  const response = await send(method, path, body, signal);
  return response.status === 204 ? null : response.json();
}

/**
 * Sends a request and hands over each line of its answer, which is one JSON object, as soon as it is here.
 * @param {(event: object) => void} onEvent
 */
export async function stream(path, body, signal, onEvent) {
  const response = await send('POST', path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await read(reader);
    if (done) {
      return;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line !== '') {
        onEvent(JSON.parse(line));
      }
    }
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (error) {
    throw unreachable(error, 'The connection broke while the reply was on its way.');
  }
}

async function send(method, path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    throw unreachable(error, 'The server cannot be reached. Is it still running?');
  }
  if (!response.ok) {
    throw await refusal(response);
  }
  return response;
}

function unreachable(error, message) {
  return error.name === 'AbortError' ? error : new ApiError(message, 0, true);
}

async function refusal(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // something between the server and us answered; the status has to do
  }
  const retry = error.retry ?? (response.status >= 500 || response.status === 429);
  return new ApiError(error.message ?? `The server answered with status ${response.status}.`, response.status, retry);
}
