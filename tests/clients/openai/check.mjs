// The official OpenAI client against a running MicroChat host: node check.mjs http://127.0.0.1:8484 [API key]
// Prints one line per check and ends with status 1 when any failed. Starts nothing itself.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [base, apiKey = "none"] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey, maxRetries: 0, timeout: 60_000 });
const model = "microchat";
const messages = [{ role: "user", content: "Tell me about the sea." }];
const short = { model, messages, max_tokens: 12 };
let failed = 0;

async function check(name, body) {
  try {
    await body();
    console.log(`ok    openai: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  openai: ${name}: ${error?.stack ?? error}`);
  }
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return chunks;
}

const textOf = (chunks, index = 0) =>
  chunks.flatMap((c) => c.choices).filter((c) => c.index === index).map((c) => c.delta?.content ?? c.text ?? "").join("");

await check("models are listed and retrieved", async () => {
  const list = [];
  for await (const entry of client.models.list()) {
    list.push(entry);
  }
  assert.ok(list.some((entry) => entry.id === model));
  for (const entry of list) {
    assert.equal(entry.object, "model");
    assert.deepEqual(await client.models.retrieve(entry.id), entry);
  }
});

await check("a chat completion has every field", async () => {
  const { data, response, request_id } = await client.chat.completions.create(short).withResponse();
  assert.equal(data.object, "chat.completion");
  assert.match(data.id, /^chatcmpl-/);
  assert.equal(data.choices.length, 1);
  assert.equal(data.choices[0].index, 0);
  assert.equal(data.choices[0].message.role, "assistant");
  assert.equal(typeof data.choices[0].message.content, "string");
  assert.ok(["stop", "length"].includes(data.choices[0].finish_reason));
  assert.ok(Math.abs(data.created - Date.now() / 1000) < 600);
  assert.equal(request_id, response.headers.get("x-request-id"));
  assert.match(request_id, /^req_/);
});

await check("usage adds up", async () => {
  const { usage, choices } = await client.chat.completions.create({ ...short, max_tokens: 5 });
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0 && usage.completion_tokens <= 6);
  assert.ok(usage.prompt_tokens_details.cached_tokens >= 0 && usage.prompt_tokens_details.cached_tokens <= usage.prompt_tokens);
  assert.equal(choices[0].finish_reason === "length", usage.completion_tokens === 5);
});

await check("max_completion_tokens limits as well", async () => {
  const { usage } = await client.chat.completions.create({ model, messages, max_completion_tokens: 3 });
  assert.ok(usage.completion_tokens <= 4);
});

await check("a stream says what the whole reply says", async () => {
  const request = { ...short, seed: 11, temperature: 0.9 };
  const whole = await client.chat.completions.create(request);
  const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
  assert.equal(textOf(chunks), whole.choices[0].message.content);
  assert.equal(chunks[0].choices[0].delta.role, "assistant");
  assert.equal(chunks.at(-1).choices[0].finish_reason, whole.choices[0].finish_reason);
  assert.equal(new Set(chunks.map((c) => c.id)).size, 1);
  assert.ok(chunks.every((c) => c.object === "chat.completion.chunk" && c.usage == null));
});

await check("include_usage adds a last chunk", async () => {
  const chunks = await collect(await client.chat.completions.create({ ...short, stream: true, stream_options: { include_usage: true } }));
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
});

await check("the client's stream helper puts a message together", async () => {
  const runner = client.chat.completions.stream({ ...short, seed: 3 });
  let text = "";
  runner.on("content", (delta) => { text += delta; });
  const final = await runner.finalChatCompletion();
  assert.equal(final.choices[0].message.content, text);
});

await check("n = 2 gives two different choices and counts the prompt once", async () => {
  const request = { ...short, n: 2, seed: 5, temperature: 1.5 };
  const one = await client.chat.completions.create({ ...request, n: 1 });
  const two = await client.chat.completions.create(request);
  assert.deepEqual(two.choices.map((c) => c.index), [0, 1]);
  assert.equal(two.choices[0].message.content, one.choices[0].message.content);
  assert.notEqual(two.choices[1].message.content, two.choices[0].message.content);
  assert.equal(two.usage.prompt_tokens, one.usage.prompt_tokens);
  assert.ok(two.usage.completion_tokens > one.usage.completion_tokens);
  const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
  assert.equal(textOf(chunks, 1), two.choices[1].message.content);
});

await check("the same seed gives the same reply, another seed another", async () => {
  const ask = async (seed) => (await client.chat.completions.create({ ...short, max_tokens: 24, seed, temperature: 1.5 })).choices[0].message.content;
  const [a, b, c] = [await ask(1), await ask(1), await ask(2)];
  assert.equal(a, b);
  assert.notEqual(a, c);
});

await check("temperature 0 repeats without a seed", async () => {
  const ask = async () => (await client.chat.completions.create({ ...short, temperature: 0 })).choices[0].message.content;
  assert.equal(await ask(), await ask());
});

await check("stop strings end the reply and are not part of it", async () => {
  const request = { ...short, max_tokens: 24, temperature: 0 };
  const full = (await client.chat.completions.create(request)).choices[0].message.content;
  const stop = full.slice(4, 7);
  for (const form of [stop, [stop, "never said ~~"]]) {
    const cut = await client.chat.completions.create({ ...request, stop: form });
    assert.equal(cut.choices[0].message.content, full.slice(0, full.indexOf(stop)));
    assert.equal(cut.choices[0].finish_reason, "stop");
  }
});

await check("logprobs come with every token", async () => {
  const request = { ...short, max_tokens: 6, temperature: 0, logprobs: true, top_logprobs: 3 };
  const { choices: [choice] } = await client.chat.completions.create(request);
  const tokens = choice.logprobs.content;
  assert.ok(tokens.length > 0);
  for (const token of tokens) {
    assert.ok(token.logprob <= 0);
    assert.equal(token.top_logprobs.length, 3);
    assert.ok(token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob);
    assert.ok(token.bytes === null || Buffer.from(token.bytes).toString() === token.token);
  }
  assert.equal(tokens[0].token, tokens[0].top_logprobs[0].token);
  const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
  const streamed = chunks.flatMap((c) => c.choices[0]?.logprobs?.content ?? []);
  assert.deepEqual(streamed.map((t) => t.token), tokens.map((t) => t.token));
});

await check("logit_bias can force and ban a token", async () => {
  const banned = await client.chat.completions.create({ ...short, temperature: 0, max_tokens: 3, logit_bias: { 50: 100 } });
  const plain = await client.chat.completions.create({ ...short, temperature: 0, max_tokens: 3 });
  assert.notEqual(banned.choices[0].message.content, plain.choices[0].message.content);
});

await check("penalties, text parts, names and harmless fields are taken", async () => {
  const { choices } = await client.chat.completions.create({
    ...short, presence_penalty: 0.5, frequency_penalty: -0.5, top_p: 0.9, user: "someone", store: false, metadata: { a: "b" },
    service_tier: "auto", parallel_tool_calls: true,
    messages: [{ role: "developer", content: "Be brief." }, { role: "user", name: "Ann", content: [{ type: "text", text: "Say" }, { type: "text", text: " hello." }] }],
  });
  assert.equal(choices.length, 1);
});

for (const [name, change, param] of [
  ["a temperature of 9", { temperature: 9 }, "temperature"],
  ["a negative top_p", { top_p: -0.1 }, "top_p"],
  ["n = 0", { n: 0 }, "n"],
  ["no messages", { messages: [] }, "messages"],
  ["an unknown role", { messages: [{ role: "pirate", content: "Arr" }] }, "messages[0].role"],
  ["an image", { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] }, "messages[0].content[0].type"],
  ["tools", { tools: [{ type: "function", function: { name: "f" } }] }, "tools"],
  ["a JSON schema", { response_format: { type: "json_object" } }, "response_format"],
  ["an unknown field", { temprature: 1 }, "temprature"],
]) {
  await check(`${name} is a BadRequestError that names the field`, async () => {
    await assert.rejects(client.chat.completions.create({ ...short, ...change }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError, String(error));
      assert.equal(error.status, 400);
      assert.equal(error.param, param);
      assert.equal(error.type, "invalid_request_error");
      assert.ok(error.requestID);
      return true;
    });
  });
}

await check("a context overflow says so", async () => {
  const long = [{ role: "user", content: "word ".repeat(20_000) }];
  await assert.rejects(client.chat.completions.create({ ...short, messages: long }), (error) =>
    error instanceof OpenAI.BadRequestError && error.code === "context_length_exceeded");
});

await check("an unknown model is a NotFoundError", async () => {
  const calls = [
    () => client.chat.completions.create({ ...short, model: "gpt-9" }), () => client.models.retrieve("gpt-9"), () => client.completions.create({ model: "gpt-9", prompt: "x" }),
  ];
  for (const call of calls) {
    await assert.rejects(call(), (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
  }
});

await check("a body of 2 MB is refused with 413", async () => {
  await assert.rejects(client.chat.completions.create({ ...short, messages: [{ role: "user", content: "x".repeat(2 << 20) }] }), (error) =>
    error instanceof OpenAI.APIError && error.status === 413);
});

if (apiKey !== "none") {
  await check("a wrong key is an AuthenticationError", async () => {
    const stranger = new OpenAI({ baseURL: `${base}/v1`, apiKey: "mc-wrong", maxRetries: 0 });
    await assert.rejects(stranger.models.list(), (error) => error instanceof OpenAI.AuthenticationError && error.code === "invalid_api_key");
  });
}

await check("a text completion continues, echoes and lists probabilities", async () => {
  const request = { model, prompt: "Once upon a time", max_tokens: 6, temperature: 0 };
  const plain = await client.completions.create({ ...request, logprobs: 2 });
  assert.equal(plain.object, "text_completion");
  const { logprobs, text } = plain.choices[0];
  assert.equal(logprobs.tokens.length, logprobs.token_logprobs.length);
  assert.equal(logprobs.tokens.length, logprobs.text_offset.length);
  assert.ok(Object.keys(logprobs.top_logprobs[0]).length <= 2);
  const echoed = await client.completions.create({ ...request, echo: true });
  assert.equal(echoed.choices[0].text, "Once upon a time" + text);
  const several = await client.completions.create({ ...request, prompt: ["Once upon a time", "The cat"], n: 1 });
  assert.deepEqual(several.choices.map((c) => c.index), [0, 1]);
  assert.equal(several.choices[0].text, text);
  const chunks = await collect(await client.completions.create({ ...request, stream: true }));
  assert.equal(textOf(chunks), text);
  await assert.rejects(client.completions.create({ ...request, suffix: "the end" }), (error) => error instanceof OpenAI.BadRequestError && error.param === "suffix");
});

await check("a stream that is aborted stops, and the server goes on", async () => {
  const stream = await client.chat.completions.create({ ...short, max_tokens: 500, temperature: 1, stream: true });
  let seen = 0;
  for await (const _ of stream) {
    if (++seen === 3) {
      stream.controller.abort();
      break;
    }
  }
  const { choices } = await client.chat.completions.create({ ...short, max_tokens: 2 });
  assert.equal(choices.length, 1);
});

await check("sixteen requests at a time all get their own reply", async () => {
  const ask = (seed) => client.chat.completions.create({ ...short, seed, temperature: 1.2 });
  const alone = [];
  for (let seed = 0; seed < 4; seed++) {
    alone.push((await ask(seed)).choices[0].message.content);
  }
  const together = await Promise.all(Array.from({ length: 16 }, (_, i) => ask(i % 4)));
  together.forEach((reply, i) => assert.equal(reply.choices[0].message.content, alone[i % 4]));
});

process.exit(failed === 0 ? 0 : 1);
