using System.Text;
using MicroChat.Discord.Port;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;
using Snowflake = MicroChat.Discord.Port.Snowflake;

namespace MicroChat.Tests.Discord;

/// <summary>What every implementation of the port must do, judged by the simulated Discord.</summary>
public abstract class DiscordPortContract
{
    private static readonly CancellationToken Never = CancellationToken.None;

    /// <summary>A delay may end this much before its time by a finer clock.</summary>
    private static readonly TimeSpan TimerTick = TimeSpan.FromMilliseconds(16);

    /// <summary>A port of this implementation, set up for a simulator.</summary>
    protected abstract IDiscordPort Connect(DiscordSimulator discord);

    [Fact]
    public async Task A_message_is_heard_answered_edited_and_reacted_to()
    {
        await using PortTown town = await TownAsync();
        SimMessage question = town.World.Say(town.Alice, town.General, $"{town.World.Bot.Mention} hello 👍");
        DiscordMessage heard = (await town.EventAsync<MessageCreated>()).Message;
        Assert.Equal((question.Id, $"<@{town.World.Bot.Id}> hello 👍", "alice", false), (heard.Id.Value, heard.Content, heard.Author.Name, heard.ContentWithheld));
        Assert.Contains(heard.Mentions, u => u.Id == town.Ready.Self.Id);
        Assert.Equal((town.Home.Id, "general"), (heard.GuildId!.Value.Value, heard.Channel!.Name));
        await town.Actions.TypeAsync(town.Place, Never);
        DiscordMessage sent = await town.Actions.SendAsync(town.Place, new OutgoingMessage { Content = "@everyone " + town.Alice.Mention, ReplyTo = heard.Id, Rows = [Buttons()] }, Never);
        await town.Actions.EditAsync(town.Place, sent.Id, new MessageEdit { Content = "@here edited " + town.Alice.Mention }, Never);
        await town.Actions.AddReactionAsync(town.Place, sent.Id, DiscordEmoji.Of("👍"), Never);
        Assert.True(await town.World.WaitForAsync(_ => town.Sent(sent) is { Content: var now, Reactions.Count: 1 } && now.StartsWith("@here edited", StringComparison.Ordinal), PortTown.Patience));
        Assert.Equal(question.Id, town.Sent(sent).ReplyTo);
        Assert.Empty(town.World.Pings);
        town.World.React(town.Alice, town.Sent(sent), "👍🏿");
        ReactionAdded added = await town.EventAsync<ReactionAdded>(r => r.UserId.Value == town.Alice.Id);
        Assert.Equal((sent.Id, DiscordEmoji.Of("👍")), (added.MessageId, added.Emoji.WithoutSkinTone()));
        town.World.Unreact(town.Alice, town.Sent(sent), "👍🏿");
        Assert.Equal(sent.Id, (await town.EventAsync<ReactionRemoved>()).MessageId);
        town.World.ClearReactions(town.Sent(sent));
        Assert.Null((await town.EventAsync<ReactionsCleared>()).Emoji);
        town.World.Delete(question);
        Assert.Equal(question.Id, Assert.Single((await town.EventAsync<MessagesDeleted>()).MessageIds).Value);
    }

    [Fact]
    public async Task A_reply_to_a_message_that_is_gone_is_sent_all_the_same()
    {
        await using PortTown town = await TownAsync();
        SimMessage question = town.World.Say(town.Alice, town.General, "soon gone");
        town.World.Delete(question);
        DiscordMessage sent = await town.Actions.SendAsync(town.Place, new OutgoingMessage { Content = "answer", ReplyTo = new Snowflake(question.Id) }, Never);
        Assert.Equal("answer", town.Sent(sent).Content);
    }

    [Fact]
    public async Task History_files_and_reactions_can_be_fetched()
    {
        await using PortTown town = await TownAsync();
        SimMessage[] said = [.. Enumerable.Range(0, 5).Select(i => town.World.Say(town.Alice, town.General, $"line {i}"))];
        IReadOnlyList<DiscordMessage> after = await town.Actions.GetMessagesAsync(town.Place, new MessagePage(null, new Snowflake(said[1].Id), 2), Never);
        Assert.Equal(["line 2", "line 3"], after.Select(m => m.Content));
        IReadOnlyList<DiscordMessage> before = await town.Actions.GetMessagesAsync(town.Place, new MessagePage(new Snowflake(said[3].Id), null, 2), Never);
        Assert.Equal(["line 2", "line 1"], before.Select(m => m.Content));
        town.World.React(town.Alice, said[0], "👎");
        Assert.Equal("alice", Assert.Single(await town.Actions.GetReactionUsersAsync(town.Place, new Snowflake(said[0].Id), DiscordEmoji.Of("👎"), null, 100, Never)).Name);
        var file = new OutgoingFile("réponse.txt", Encoding.UTF8.GetBytes("long answer"), "text/plain");
        DiscordMessage sent = await town.Actions.SendAsync(town.Place, new OutgoingMessage { Content = "see file", Files = [file] }, Never);
        Assert.Equal(11, Assert.Single(sent.Attachments).Bytes);
        Assert.Equal("see file", (await town.Actions.FindMessageAsync(town.Place, sent.Id, Never))!.Content);
        await town.Actions.DeleteAsync(town.Place, sent.Id, Never);
        Assert.Null(await town.Actions.FindMessageAsync(town.Place, sent.Id, Never));
    }

    [Fact]
    public async Task A_thread_is_started_and_knows_its_channel()
    {
        await using PortTown town = await TownAsync();
        SimMessage question = town.World.Say(town.Alice, town.General, "long talk");
        DiscordChannel thread = await town.Actions.CreateThreadAsync(town.Place, new Snowflake(question.Id), new NewThread("talk", TimeSpan.FromHours(1), false), Never);
        Assert.True(thread.IsThread);
        Assert.Equal(town.Place, thread.ParentId);
        SimChannel there = town.World.Read(_ => town.Home.Channels.Single(c => c.Id == thread.Id.Value));
        town.World.Say(town.Alice, there, "inside");
        DiscordMessage heard = (await town.EventAsync<MessageCreated>(m => m.Message.Content == "inside")).Message;
        Assert.Equal((town.Place, true), (heard.Channel!.ParentId, heard.Channel.IsThread));
        Assert.True(town.Actions.OwnPermissionsIn(thread.Id)!.Value.HasFlag(DiscordPermissions.SendMessagesInThreads));
    }

    [Fact]
    public async Task A_command_is_answered_deferred_edited_and_followed_up()
    {
        await using PortTown town = await TownAsync();
        await RegisterAsync(town);
        SimInteraction asked = town.World.UseCommand(town.Alice, town.General, "ask", new Dictionary<string, object> { ["q"] = "why" });
        SlashCommandUsed used = await town.InteractionAsync<SlashCommandUsed>();
        Assert.Equal(("ask", "why", "alice"), (used.Name, used.Values["q"].Text, used.User.Name));
        await town.Actions.DeferAsync(used.Handle, false, Never);
        await town.Actions.EditResponseAsync(used.Handle, new MessageEdit { Content = "because @everyone", Rows = [Buttons()] }, Never);
        await town.Actions.FollowUpAsync(used.Handle, new OutgoingMessage { Content = "and more", Flags = DiscordMessageFlags.Ephemeral }, Never);
        Assert.True(await town.World.WaitForAsync(_ => asked is { Response.Content: "because @everyone", FollowUps.Count: 1 }, PortTown.Patience));
        Assert.True(asked.FollowUps[0].IsEphemeral);
        Assert.Empty(town.World.Pings);
        SimInteraction again = town.World.UseCommand(town.Alice, town.General, "ask", new Dictionary<string, object> { ["q"] = "now" });
        await town.Actions.RespondAsync((await town.InteractionAsync<SlashCommandUsed>()).Handle, new OutgoingMessage { Content = "at once" }, Never);
        Assert.True(await town.World.WaitForAsync(_ => again.Response?.Content == "at once", PortTown.Patience));
        SimMessage target = town.World.Say(town.Alice, town.General, "what is this");
        town.World.UseCommand(town.Alice, target, "Ask about this");
        Assert.Equal("what is this", (await town.InteractionAsync<MessageCommandUsed>()).Target.Content);
    }

    [Fact]
    public async Task A_button_changes_its_message_and_opens_a_form()
    {
        await using PortTown town = await TownAsync();
        DiscordMessage sent = await town.Actions.SendAsync(town.Place, new OutgoingMessage { Content = "rate me", Rows = [Buttons()] }, Never);
        SimInteraction opened = town.World.Press(town.Alice, town.Sent(sent), "down");
        ButtonPressed pressed = await town.InteractionAsync<ButtonPressed>();
        Assert.Equal(("down", sent.Id), (pressed.CustomId, pressed.Message.Id));
        var form = new DiscordModal("reason", "Why?", [new ChoiceField("kind", "Kind", true, [new SelectChoice("long", "too long", false), new SelectChoice("rude", "rude", false)]), new TextField("text", "More", false, true, 500, null)]);
        await town.Actions.OpenModalAsync(pressed.Handle, form, Never);
        Assert.True(await town.World.WaitForAsync(_ => opened.ModalJson is not null, PortTown.Patience));
        town.World.Press(town.Alice, town.Sent(sent), "up");
        ButtonPressed other = await town.InteractionAsync<ButtonPressed>();
        await town.Actions.UpdateAsync(other.Handle, new MessageEdit { Content = "thanks", Rows = [] }, Never);
        Assert.True(await town.World.WaitForAsync(_ => town.Sent(sent).Content == "thanks", PortTown.Patience));
        town.World.Submit(opened, new Dictionary<string, string> { ["kind"] = "rude", ["text"] = "not nice" });
        ModalSubmitted submitted = await town.InteractionAsync<ModalSubmitted>();
        Assert.Equal(("reason", "rude", "not nice"), (submitted.CustomId, submitted.Fields["kind"][0], submitted.Fields["text"][0]));
        await town.Actions.RespondAsync(submitted.Handle, new OutgoingMessage { Content = "noted", Flags = DiscordMessageFlags.Ephemeral }, Never);
    }

    [Fact]
    public async Task Many_sends_at_once_meet_no_limit_that_the_headers_told()
    {
        await using PortTown town = await TownAsync(new SimulatorOptions { RateLimits = new RateLimitOptions { CreateMessage = new BucketRule(5, TimeSpan.FromSeconds(2)) } });
        await Task.WhenAll(Enumerable.Range(0, 17).Select(i => town.SendAsync($"part {i}")));
        Assert.Equal(17, town.World.Read(_ => town.General.Messages.Count));
        Assert.Equal(0, town.Discord.Journal.UnexpectedRateLimits);
    }

    [Theory]
    [InlineData(RateLimitScope.User)]
    [InlineData(RateLimitScope.Global)]
    [InlineData(RateLimitScope.Shared)]
    public async Task A_429_is_waited_for(RateLimitScope scope)
    {
        await using PortTown town = await TownAsync();
        town.Discord.Failures.RateLimit(scope, TimeSpan.FromMilliseconds(400), times: 1, route: "POST /channels/{channel}/messages");
        long start = TimeProvider.System.GetTimestamp();
        await town.SendAsync("patient");
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.4, 60);
        Assert.Single(town.World.Read(_ => town.General.Messages.ToArray()));
    }

    [Fact]
    public async Task Lost_answers_and_server_errors_never_make_a_second_message()
    {
        await using PortTown town = await TownAsync();
        town.Discord.Failures.CutRequests(1, afterwards: true, route: "POST /channels/{channel}/messages");
        await town.SendAsync("once");
        town.Discord.Failures.ServerErrors(1, route: "POST /channels/{channel}/messages");
        await town.SendAsync("twice tried");
        Assert.Equal(["once", "twice tried"], town.World.Read(_ => town.General.Messages.Select(m => m.Content).ToArray()));
    }

    [Fact]
    public async Task A_refusal_has_its_code()
    {
        await using PortTown town = await TownAsync();
        town.Discord.Failures.Refuse(1, 403, DiscordErrorCode.MissingPermissions, "Missing Permissions", "POST /channels/{channel}/messages");
        Assert.Equal(DiscordErrorCode.MissingPermissions, (await Assert.ThrowsAsync<DiscordException>(() => town.SendAsync("no"))).Code);
    }

    [Theory]
    [InlineData("op 7")]
    [InlineData("op 9 true")]
    [InlineData("cut")]
    [InlineData("4000")]
    [InlineData("4008")]
    [InlineData("zombie")]
    public async Task What_was_said_during_a_lost_connection_is_heard_once(string failure)
    {
        await using PortTown town = await TownAsync(new SimulatorOptions { HeartbeatInterval = failure == "zombie" ? TimeSpan.FromMilliseconds(700) : TimeSpan.FromSeconds(41) });
        town.World.Say(town.Alice, town.General, "before");
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "before");
        Break(town, failure);
        town.World.Say(town.Alice, town.General, "meanwhile");
        var heard = new List<string>();
        await town.EventAsync<DiscordEvent>(e =>
        {
            heard.AddRange(e is MessageCreated created ? [created.Message.Content] : []);
            return e is Resumed;
        });
        Assert.Equal(["meanwhile"], heard);
        Assert.Equal((1L, 1L), (town.Discord.Journal.Identifies, town.Discord.Journal.Resumes));
    }

    [Theory]
    [InlineData("op 9 false")]
    [InlineData("4007")]
    [InlineData("4009")]
    public async Task A_session_that_is_gone_is_begun_anew(string failure)
    {
        await using PortTown town = await TownAsync();
        Break(town, failure);
        await town.EventAsync<Ready>();
        town.World.Say(town.Alice, town.General, "after");
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "after");
        Assert.Equal((2L, 0L), (town.Discord.Journal.Identifies, town.Discord.Journal.Resumes));
    }

    [Fact]
    public async Task Everything_is_heard_exactly_once_through_many_lost_connections()
    {
        string[] failures = ["cut", "op 7", "4000", "op 9 true", "cut", "4008", "cut", "op 7"];
        await using PortTown town = await TownAsync();
        var wanted = new List<string>();
        foreach ((int index, string failure) in failures.Index())
        {
            Say($"before {index}");
            Break(town, failure);
            Say($"after {index}");
            Say($"later {index}");
            await town.EventAsync<Resumed>(_ => true);
            Say($"resumed {index}");
        }
        Say("end");
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "end");
        Assert.Equal(wanted, town.Heard.OfType<MessageCreated>().Select(m => m.Message.Content));
        Assert.Equal((1L, (long)failures.Length), (town.Discord.Journal.Identifies, town.Discord.Journal.Resumes));

        void Say(string text)
        {
            wanted.Add(text);
            town.World.Say(town.Alice, town.General, text);
        }
    }

    [Fact]
    public async Task Several_shards_hear_their_own_guilds()
    {
        await using PortTown town = await TownAsync(new SimulatorOptions { Shards = 3, MaxConcurrency = 3 });
        Assert.True(await town.Discord.WaitForShardsAsync(3, PortTown.Patience));
        for (int shard = 0; shard < 3; shard++)
        {
            SimChannel channel = town.World.AddChannel(town.World.AddGuild($"guild of {shard}", shard: shard), "talk");
            town.World.Say(town.Alice, channel, $"to {shard}");
            DiscordMessage heard = (await town.EventAsync<MessageCreated>(m => m.Message.Content == $"to {shard}")).Message;
            Assert.Equal(shard, heard.GuildId!.Value.Shard(3));
        }
        Assert.Equal(3, town.Discord.Journal.Identifies);
    }

    [Fact]
    public async Task Edits_at_the_pace_that_the_port_tells_never_meet_a_limit()
    {
        await using PortTown town = await TownAsync(new SimulatorOptions { RateLimits = new RateLimitOptions { EditMessage = new BucketRule(5, TimeSpan.FromSeconds(2)) } });
        DiscordMessage sent = await town.SendAsync("…");
        for (int edit = 0; edit < 12; edit++)
        {
            await town.Actions.EditAsync(town.Place, sent.Id, new MessageEdit { Content = $"edit {edit}" }, Never);
            EditPace pace = town.Actions.EditPaceIn(town.Place);
            Assert.InRange(pace.Interval.TotalSeconds, 0.3, 0.5);
            await Task.Delay(pace.Wait > pace.Interval ? pace.Wait : pace.Interval, Never);
            Assert.InRange(town.Actions.EditPaceIn(town.Place).Wait, TimeSpan.Zero, TimerTick);
        }
        Assert.Equal(("edit 11", 0L), (town.Sent(sent).Content, town.Discord.Journal.UnexpectedRateLimits));
    }

    [Fact]
    public async Task Events_that_come_twice_or_late_are_all_handed_on()
    {
        await using PortTown town = await TownAsync();
        town.Discord.Failures.DuplicateEvents(1);
        town.World.Say(town.Alice, town.General, "twice");
        await town.EventAsync<MessageCreated>();
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "twice");
        town.Discord.Failures.ReverseEvents(2);
        town.World.Say(town.Alice, town.General, "first");
        town.World.Say(town.Alice, town.General, "second");
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "second");
        await town.EventAsync<MessageCreated>(m => m.Message.Content == "first");
    }

    [Fact]
    public async Task An_intent_that_was_not_given_is_explained()
    {
        DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions { MessageContentIntent = false });
        await using (discord)
        {
            IDiscordPort port = Connect(discord);
            await using (port)
            {
                DiscordSetupException refused = await Assert.ThrowsAsync<DiscordSetupException>(() => port.RunAsync(new DeafHandler(), Never).WaitAsync(PortTown.Patience));
                Assert.Equal(4014, refused.CloseCode);
            }
        }
    }

    [Fact]
    public async Task A_storm_of_reactions_is_heard_to_the_last_one()
    {
        const int Storm = 2_000;
        await using PortTown town = await TownAsync();
        SimMessage message = town.World.Say(town.Alice, town.General, "loved");
        await town.Discord.Failures.ReactionStormAsync(message, Storm, TimeSpan.FromSeconds(1), ["👍", "👎"]);
        var people = new HashSet<Snowflake>();
        await town.EventAsync<ReactionAdded>(r => people.Add(r.UserId) && people.Count == Storm);
    }

    private static void Break(PortTown town, string failure)
    {
        switch (failure)
        {
            case "op 7":
                town.Discord.Failures.Reconnect();
                break;
            case "op 9 true" or "op 9 false":
                town.Discord.Failures.InvalidSession(failure.EndsWith("true", StringComparison.Ordinal));
                break;
            case "cut":
                town.Discord.Failures.Cut();
                break;
            case "zombie":
                town.Discord.Failures.Zombies();
                break;
            default:
                town.Discord.Failures.Close(int.Parse(failure));
                break;
        }
    }

    private static ComponentRow Buttons() => new([
        new DiscordButton("up", null, DiscordEmoji.Of("👍"), ButtonStyle.Secondary, false), new DiscordButton("down", "Bad", DiscordEmoji.Of("👎"), ButtonStyle.Secondary, false)]);

    private static async Task RegisterAsync(PortTown town)
    {
        var ask = new DiscordCommand(CommandKind.Slash, "ask", "Ask the bot", [new CommandOption { Kind = CommandOptionKind.Text, Name = "q", Description = "what", Required = true }], null, true);
        var menu = new DiscordCommand(CommandKind.Message, "Ask about this", "", [], null, true);
        await town.Actions.RegisterCommandsAsync(town.Ready.ApplicationId, new Snowflake(town.Home.Id), [ask, menu], Never);
    }

    private Task<PortTown> TownAsync(SimulatorOptions? options = null) => PortTown.StartAsync(options ?? new SimulatorOptions(), Connect);

    private sealed class DeafHandler : IDiscordHandler
    {
        public ValueTask HandleAsync(DiscordEvent happened, CancellationToken stop) => ValueTask.CompletedTask;
    }
}
