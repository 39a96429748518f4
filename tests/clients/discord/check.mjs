// Stock discord.js against a running simulator: node check.mjs http://127.0.0.1:4000 TOKEN
// Prints one line per check and ends with status 1 when any failed. Starts nothing itself. The simulator was started with
// `microchat discord simulate --heartbeat-seconds 3`, so that the check of zombie connections takes seconds.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInflate, constants } from "node:zlib";
import {
  ActionRowBuilder, ApplicationCommandOptionType, ApplicationCommandType, AttachmentBuilder, ButtonBuilder, ButtonStyle, ChannelType, Client, DiscordAPIError, Events,
  GatewayIntentBits, MessageFlags, ModalBuilder, Partials, Routes, SimpleShardingStrategy, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle,
} from "discord.js";
import WebSocket from "ws";

const [base, token] = process.argv.slice(2);
const bits = GatewayIntentBits;
const intents = [
  bits.Guilds, bits.GuildMessages, bits.GuildMessageReactions, bits.GuildMessageTyping, bits.DirectMessages, bits.DirectMessageReactions, bits.MessageContent,
];
const partials = [Partials.Channel, Partials.Message, Partials.Reaction];
const seconds = (n) => new Promise((resolve) => setTimeout(resolve, n * 1000));
let failed = 0;

async function check(name, body, patience = 20) {
  let timer;
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`took longer than ${patience} s`)), patience * 1000); });
    await Promise.race([body(), late]);
    console.log(`ok    discord.js: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  discord.js: ${name}: ${error?.stack ?? error}`);
  } finally {
    clearTimeout(timer);
  }
}

async function act(...lines) {
  const response = await fetch(`${base}/simulator/script`, { method: "POST", headers: { authorization: `Bot ${token}` }, body: lines.join("\n") });
  assert.equal(response.status, 200);
  const results = await response.json();
  for (const result of results) {
    assert.ok(result.ok, result.text);
  }
  return results.at(-1);
}

const journal = async () => (await fetch(`${base}/simulator/journal`, { headers: { authorization: `Bot ${token}` } })).json();

function start(options = {}) {
  const client = new Client({ intents, partials, rest: { api: `${base}/api` }, ...options });
  client.on(Events.Error, (error) => console.error("client error:", error));
  if (process.env.DEBUG) {
    client.on(Events.Debug, (line) => console.error(line));
  }
  return client;
}

/** The next event that fits, while something makes it happen. */
function next(emitter, event, fits = () => true) {
  return new Promise((resolve) => {
    const listener = (...values) => {
      if (fits(...values)) {
        emitter.off(event, listener);
        resolve(values.length === 1 ? values[0] : values);
      }
    };
    emitter.on(event, listener);
  });
}

async function during(promise, ...lines) {
  await act(...lines);
  return promise;
}

const refused = (code) => (error) => {
  assert.ok(error instanceof DiscordAPIError, String(error));
  assert.equal(error.code, code);
  return true;
};

// One session lasts for most checks, as a real bot's would.
const generalId = (await act("in #general")).id;
await act("alice: I was here first");
const client = start();
let guild, general;

await check("login", async () => {
  const ready = once(client, Events.ClientReady);
  await client.login(token);
  await ready;
  guild = client.guilds.cache.first();
  general = client.channels.cache.get(generalId);
  assert.equal(guild.name, "home");
  assert.equal(general.name, "general");
  assert.ok(client.user.bot);
  assert.equal(client.application.id, client.user.id);
});

if (!general) {
  process.exit(1);
}

await check("a message comes with its author and text", async () => {
  const message = await during(next(client, Events.MessageCreate), "alice: hello there");
  assert.equal(message.content, "hello there");
  assert.equal(message.author.username, "alice");
  assert.equal(message.member.id, message.author.id);
  assert.equal(message.channelId, generalId);
});

await check("typing goes both ways", async () => {
  await general.sendTyping();
  const typing = await during(next(client, Events.TypingStart, (t) => !t.user.bot), "alice types");
  assert.equal(typing.user.username, "alice");
});

await check("a reply refers to its message and mentions its author", async () => {
  const message = await during(next(client, Events.MessageCreate), "alice: a question");
  const reply = await message.reply("an answer");
  assert.equal(reply.reference.messageId, message.id);
  assert.equal((await reply.fetchReference()).content, "a question");
  assert.ok(reply.mentions.users.has(message.author.id));
  const quiet = await message.reply({ content: `<@${message.author.id}> @everyone`, allowedMentions: { parse: [], repliedUser: false } });
  assert.equal(quiet.mentions.users.size, 0);
  assert.equal(quiet.mentions.everyone, false);
});

await check("edits go both ways", async () => {
  const own = await general.send("first");
  assert.equal(own.editedTimestamp, null);
  const edited = await own.edit("second");
  assert.equal(edited.content, "second");
  assert.ok(edited.editedTimestamp > 0);
  const [before, after] = await during(next(client, Events.MessageUpdate, (_, m) => m.author.username === "alice"), "alice: typo", "alice edits: no typo");
  assert.equal(before.content, "typo");
  assert.equal(after.content, "no typo");
});

await check("deletions go both ways", async () => {
  const own = await general.send("soon gone");
  await own.delete();
  await assert.rejects(general.messages.fetch({ message: own.id, force: true }), refused(10008));
  const gone = await during(next(client, Events.MessageDelete, (m) => m.id !== own.id), "alice: oops", "alice deletes");
  assert.equal(gone.content, "oops");
});

await check("history is read in pages", async () => {
  const newest = await general.messages.fetch({ limit: 3 });
  assert.equal(newest.size, 3);
  const older = await general.messages.fetch({ limit: 2, before: newest.lastKey() });
  assert.equal(older.size, 2);
  assert.ok(BigInt(older.firstKey()) < BigInt(newest.lastKey()));
  const after = await general.messages.fetch({ limit: 10, after: older.firstKey() });
  assert.deepEqual([...after.keys()], [...newest.keys()]);
});

await check("reactions go both ways", async () => {
  const own = await general.send("rate me");
  await own.react("👍");
  const [reaction, user] = await during(next(client, Events.MessageReactionAdd, (_, u) => !u.bot), `alice reacts 👍 ${own.id}`);
  assert.equal(reaction.emoji.name, "👍");
  assert.equal(user.id, (await reaction.users.fetch()).find((u) => !u.bot).id);
  await own.reactions.cache.get("👍").users.remove(client.user.id);
  const [removed] = await during(next(client, Events.MessageReactionRemove, (_, u) => !u.bot), `alice unreacts 👍 ${own.id}`);
  assert.equal(removed.message.id, own.id);
  assert.equal((await client.rest.get(Routes.channelMessage(generalId, own.id))).reactions, undefined);
});

await check("files are sent and fetched again", async () => {
  const sent = await general.send({ content: "see", files: [new AttachmentBuilder(Buffer.from("hello file"), { name: "a.txt", description: "text" })] });
  const file = sent.attachments.first();
  assert.equal(file.name, "a.txt");
  assert.equal(file.size, 10);
  assert.equal(await (await fetch(file.url)).text(), "hello file");
  assert.equal((await sent.edit({ attachments: [] , content: "no more" })).attachments.size, 0);
});

await check("direct messages go both ways", async () => {
  const message = await during(next(client, Events.MessageCreate, (m) => m.channel.type === ChannelType.DM), "alice dm: psst");
  assert.equal(message.content, "psst");
  assert.equal(message.guild, null);
  const answer = await message.author.send("yes?");
  assert.equal(answer.channelId, message.channelId);
});

await check("a nonce is enforced", async () => {
  const one = await general.send({ content: "once", nonce: "n1", enforceNonce: true });
  const two = await general.send({ content: "once", nonce: "n1", enforceNonce: true });
  assert.equal(one.id, two.id);
});

await check("a text of 2,001 characters is refused by field", async () => {
  await general.send("x".repeat(2000));
  await assert.rejects(general.send("x".repeat(2001)), (error) => {
    assert.equal(error.code, 50035);
    assert.equal(error.rawError.errors.content._errors[0].code, "BASE_TYPE_MAX_LENGTH");
    return true;
  });
  await assert.rejects(general.send(" "), refused(50006));
});

await check("threads are started, written in and heard", async () => {
  const message = await general.send("thread here");
  const thread = await message.startThread({ name: "talk" });
  assert.equal(thread.id, message.id);
  assert.equal((await thread.send("inside")).channelId, thread.id);
  const [created] = await during(next(client, Events.ThreadCreate, (t) => t.name === "theirs"), "alice thread theirs");
  assert.equal(created.name, "theirs");
  await created.join();
  const heard = await during(next(client, Events.MessageCreate, (m) => m.channelId === created.id), "alice: in the thread");
  assert.equal(heard.content, "in the thread");
  await act("in #general");
  await thread.setArchived(true);
  assert.ok(thread.archived);
  await assert.rejects(created.setArchived(true), refused(50013));
});

await check("members, roles, channels and the application are fetched", async () => {
  const me = await guild.members.fetchMe({ force: true });
  assert.equal(me.id, client.user.id);
  assert.ok(me.permissionsIn(general).has("SendMessages"));
  assert.ok((await guild.channels.fetch()).has(generalId));
  assert.ok((await guild.roles.fetch()).has(guild.id));
  assert.equal((await client.application.fetch()).id, client.user.id);
  const found = await guild.members.fetch({ query: "ali", limit: 5 });
  assert.equal(found.first().user.username, "alice");
});

await check("presence is set", async () => {
  client.user.setPresence({ activities: [{ name: "chess" }], status: "idle" });
  await seconds(0.3);
  assert.ok((await journal()).entries.some((e) => e.route === "PRESENCE_UPDATE" && e.body.includes("chess")));
});

await check("commands are registered", async () => {
  const commands = await guild.commands.set([
    { name: "ask", description: "Ask", options: [{ name: "q", description: "What", type: ApplicationCommandOptionType.String, required: true }] },
    { name: "Ask about this", type: ApplicationCommandType.Message },
  ]);
  assert.equal(commands.size, 2);
  assert.deepEqual([...(await guild.commands.fetch()).values()].map((c) => c.name).sort(), ["Ask about this", "ask"]);
  await client.application.commands.create({ name: "everywhere", description: "Global" });
  assert.equal((await client.application.commands.fetch()).first().name, "everywhere");
});

const used = (...lines) => during(next(client, Events.InteractionCreate), ...lines);

await check("a slash command is replied to, edited, followed up and deleted", async () => {
  const interaction = await used("alice /ask q=why");
  assert.ok(interaction.isChatInputCommand());
  assert.equal(interaction.options.getString("q"), "why");
  assert.equal(interaction.member.user.username, "alice");
  const { resource } = await interaction.reply({ content: "because", withResponse: true });
  assert.equal(resource.message.content, "because");
  assert.equal((await interaction.editReply("because of that")).content, "because of that");
  assert.equal((await interaction.fetchReply()).id, resource.message.id);
  const more = await interaction.followUp("and more");
  assert.notEqual(more.id, resource.message.id);
  const secret = await interaction.followUp({ content: "only you", flags: MessageFlags.Ephemeral });
  assert.ok(secret.flags.has(MessageFlags.Ephemeral));
  await assert.rejects(general.messages.fetch({ message: secret.id, force: true }), refused(10008));
  await interaction.deleteReply();
  await assert.rejects(interaction.fetchReply(), refused(10008));
});

await check("a deferred reply is thinking until it is edited", async () => {
  const interaction = await used("alice /ask q=slow");
  const thinking = next(client, Events.MessageCreate, (m) => m.flags.has(MessageFlags.Loading));
  await interaction.deferReply();
  assert.ok((await thinking).interactionMetadata.id, interaction.id);
  const reply = await interaction.editReply("done thinking");
  assert.ok(!reply.flags.has(MessageFlags.Loading));
  const second = await used("alice /ask q=slow");
  await second.deferReply({ flags: MessageFlags.Ephemeral });
  assert.ok((await second.editReply("between us")).flags.has(MessageFlags.Ephemeral));
});

await check("answering twice is 40060, answering late is 10062", async () => {
  const twice = await used("alice /ask q=twice");
  const body = { type: 4, data: { content: "one" } };
  const path = (i) => `/interactions/${i.id}/${i.token}/callback`;
  await client.rest.post(path(twice), { body, auth: false });
  await assert.rejects(client.rest.post(path(twice), { body, auth: false }), refused(40060));
  const late = await used("alice /ask q=late");
  await seconds(3.2);
  await assert.rejects(late.reply("too late"), refused(10062));
});

const row = (...components) => new ActionRowBuilder().addComponents(...components);

await check("buttons are pressed: update, deferred update, reply", async () => {
  const message = await general.send({
    content: "choose",
    components: [row(new ButtonBuilder({ customId: "up", label: "Up", style: ButtonStyle.Primary }), new ButtonBuilder({ customId: "why", label: "Why", style: ButtonStyle.Secondary }))],
  });
  const pressed = await used(`alice presses Up ${message.id}`);
  assert.ok(pressed.isButton());
  assert.equal(pressed.customId, "up");
  assert.equal(pressed.message.id, message.id);
  await pressed.update({ content: "chosen" });
  assert.equal((await general.messages.fetch({ message: message.id, force: true })).content, "chosen");
  const deferred = await used(`alice presses why ${message.id}`);
  await deferred.deferUpdate();
  assert.equal((await deferred.editReply("chosen twice")).id, message.id);
  const replied = await used(`alice presses why ${message.id}`);
  await replied.reply({ content: "noted", flags: MessageFlags.Ephemeral });
});

await check("a menu is chosen from", async () => {
  const menu = new StringSelectMenuBuilder({ customId: "menu", options: [{ label: "A", value: "a" }, { label: "B", value: "b" }], maxValues: 2 });
  const message = await general.send({ content: "menu", components: [row(menu)] });
  const chosen = await used(`alice selects menu a,b ${message.id}`);
  assert.ok(chosen.isStringSelectMenu());
  assert.deepEqual(chosen.values, ["a", "b"]);
  await chosen.update({ content: "thanks", components: [] });
});

await check("a form is opened, filled in and answered", async () => {
  const message = await general.send({ content: "reason?", components: [row(new ButtonBuilder({ customId: "open", label: "Tell", style: ButtonStyle.Danger }))] });
  const pressed = await used(`alice presses Tell ${message.id}`);
  const input = new TextInputBuilder({ customId: "reason", label: "Reason", style: TextInputStyle.Paragraph });
  await pressed.showModal(new ModalBuilder({ customId: "form", title: "Why?" }).addComponents(row(input)));
  const sent = await used('alice submits reason="too long"');
  assert.ok(sent.isModalSubmit());
  assert.equal(sent.customId, "form");
  assert.equal(sent.fields.getTextInputValue("reason"), "too long");
  assert.equal(sent.message.id, message.id);
  await sent.update({ content: "thank you", components: [] });
});

await check("a context menu command brings its message", async () => {
  const interaction = await used("alice: what about this", 'alice menu "Ask about this"');
  assert.ok(interaction.isMessageContextMenuCommand());
  assert.equal(interaction.targetMessage.content, "what about this");
  await interaction.reply("that is so");
});

await check("ten messages in a row stay within the limits", async () => {
  const before = (await journal()).unexpected_rate_limits;
  await Promise.all(Array.from({ length: 10 }, (_, i) => general.send(`burst ${i}`)));
  assert.equal((await journal()).unexpected_rate_limits, before);
}, 40);

for (const scope of ["user", "global", "shared"]) {
  await check(`a 429 of scope ${scope} is waited out`, async () => {
    await act(`fail 429 ${scope} 0.6 1 POST /channels/{channel}/messages`);
    const before = Date.now();
    assert.equal((await general.send("after the wait")).content, "after the wait");
    assert.ok(Date.now() - before >= 600);
  });
}

await check("two 503s and a cut connection are retried", async () => {
  await act("fail 503 2 POST /channels/{channel}/messages");
  assert.equal((await general.send("third time")).content, "third time");
  await act("fail cut-requests 1");
  assert.equal((await general.messages.fetch({ limit: 1, cache: false })).size, 1);
});

async function resumes(...lines) {
  const before = (await journal()).resumes;
  const resumed = next(client, Events.ShardResume);
  const missed = next(client, Events.MessageCreate, (m) => m.content === "while you were away");
  await act(...lines, "alice: while you were away");
  await Promise.all([resumed, missed]);
  assert.ok((await journal()).resumes > before);
}

await check("a cut connection is resumed and nothing is missed", () => resumes("fail cut"));
await check("close code 4000 is resumed", () => resumes("fail close 4000"));
await check("op 7 is resumed", () => resumes("fail reconnect"));
await check("op 9 with d = true is resumed", () => resumes("fail invalid resumable"));
await check("a zombie connection is noticed and resumed", () => resumes("fail zombie"), 30);

await check("op 1 is answered with a heartbeat", async () => {
  const before = (await journal()).heartbeats;
  await act("fail heartbeat");
  await seconds(0.5);
  assert.ok((await journal()).heartbeats > before);
});

async function identifiesAgain(...lines) {
  const before = (await journal()).identifies;
  const ready = next(client, Events.ShardReady);
  await seconds(5);                                     // the pace of IDENTIFY
  await act(...lines);
  await ready;
  assert.ok((await journal()).identifies > before);
  const message = await during(next(client, Events.MessageCreate), "alice: again");
  assert.equal(message.content, "again");
}

await check("op 9 with d = false begins a new session", () => identifiesAgain("fail invalid"), 40);
await check("close code 4009 begins a new session", () => identifiesAgain("fail close 4009"), 40);

await check("a storm of 300 reactions is heard to the last one", async () => {
  const own = await general.send("storm");
  let heard = 0;
  const all = next(client, Events.MessageReactionAdd, (r) => r.message.id === own.id && ++heard === 300);
  await during(all, `fail storm 300 1`);
  assert.equal((await general.messages.fetch({ message: own.id, force: true })).reactions.cache.get("👍").count, 150);
});

await check("in all of this no limit was exceeded and no heartbeat missed", async () => {
  const { unexpected_rate_limits: limits, simulator_faults: faults, entries } = await journal();
  assert.equal(limits, 0);
  assert.equal(faults, 0);
  assert.ok(!entries.some((e) => e.kind === "Closed" && e.status === 4009 && !e.scripted));
});

await client.destroy();

await check("a wrong token is refused", async () => {
  const stranger = start();
  await assert.rejects(stranger.login(Buffer.from("1234567890").toString("base64") + ".AAAAAA.wrong"), (error) => error.code === "TokenInvalid");
  await stranger.destroy();
});

await check("privileged intents that were not granted are refused with 4014", async () => {
  const stranger = start({ intents: [...intents, bits.GuildMembers] });
  await assert.rejects(stranger.login(token), /disallowed intents/i);
  await stranger.destroy();
});

async function hears(options) {
  await seconds(5);
  const other = start(options);
  const ready = once(other, Events.ClientReady);
  await other.login(token);
  await ready;
  const heard = next(other, Events.MessageCreate, (m) => m.content === "does it arrive");
  await during(heard, "alice: does it arrive");
  return other;
}

const withCompression = (compression) => ({
  ws: { buildStrategy: (manager) => { manager.options.compression = compression; return new SimpleShardingStrategy(manager); } },
});

await check("without compression", async () => { await (await hears(withCompression(null))).destroy(); }, 40);

await check("with compression: zlib-stream where zlib-sync is there, else compress in IDENTIFY", async () => {
  const other = await hears(withCompression("zlib-stream"));
  const { entries } = await journal();
  const streamed = await import("zlib-sync").then(() => true, () => false);
  assert.equal(entries.filter((e) => e.kind === "Connected").at(-1).detail, streamed ? "zlib-stream" : "");
  await other.destroy();
}, 40);

await check("without MESSAGE_CONTENT texts are empty, mentions are not", async () => {
  await seconds(5);
  const other = start({ intents: intents.filter((i) => i !== bits.MessageContent) });
  const ready = once(other, Events.ClientReady);
  await other.login(token);
  await ready;
  const bare = await during(next(other, Events.MessageCreate), "alice: private words");
  assert.equal(bare.content, "");
  const called = await during(next(other, Events.MessageCreate), "alice: @bot public words");
  assert.match(called.content, /public words/);
  const direct = await during(next(other, Events.MessageCreate), "alice dm: direct words");
  assert.equal(direct.content, "direct words");
  await other.destroy();
}, 40);

await check("two shards each hear their own", async () => {
  await seconds(5);
  const other = start({ shards: [0, 1], shardCount: 2 });
  const ready = once(other, Events.ClientReady);
  await other.login(token);
  await ready;
  assert.equal(other.ws.shards.size, 2);
  const home = other.guilds.cache.first();
  assert.equal(BigInt(home.shardId), (BigInt(home.id) >> 22n) % 2n);
  const heard = await during(next(other, Events.MessageCreate), "alice: which shard");
  assert.equal(heard.guild.shardId, home.shardId);
  await during(next(other, Events.MessageCreate, (m) => !m.guild), "alice dm: shard 0");
  await other.destroy();
}, 40);

await check("zlib-stream is one stream that node's own zlib reads", async () => {
  const socket = new WebSocket(`${base.replace("http", "ws")}/?v=10&encoding=json&compress=zlib-stream`);
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
  let text = "";
  inflate.on("data", (part) => { text += part; });
  socket.on("message", (part) => inflate.write(part));
  await once(socket, "open");
  socket.send(JSON.stringify({ op: 1, d: null }));
  for (let i = 0; i < 100 && !text.includes('"op":11'); i++) {
    await seconds(0.05);
  }
  assert.match(text, /"op":10.*"op":11/s);
  socket.close();
});

process.exit(failed === 0 ? 0 : 1);
