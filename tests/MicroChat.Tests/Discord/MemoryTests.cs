using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Tests.Discord;

/// <summary>What is forgotten, what is not forgotten over a restart, and the commands about it.</summary>
public sealed class MemoryTests : IAsyncLifetime
{
    private readonly BotHarness bot = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bot.DisposeAsync();

    [Fact]
    public async Task A_deleted_question_takes_its_answer_and_its_exchange_along()
    {
        await bot.StartAsync();
        FakeMessage answer = await bot.AskAsync("secret");
        await BotHarness.Until(async () => await bot.ExchangeOfAsync(answer) is not null);
        Guid exchange = (await bot.ExchangeOfAsync(answer))!.Id;
        await Task.Delay(200);
        await bot.Port.EmitAsync(new MessagesDeleted(FakePort.Guild, FakePort.Channel, [new(5), answer.ReplyTo!.Value]));
        await BotHarness.Until(() => bot.Answers.Count == 0);
        await BotHarness.Until(async () => await bot.Store.FindExchangeAsync(exchange, default) is null);
    }

    [Fact]
    public async Task A_question_deleted_while_it_is_answered_leaves_nothing()
    {
        await bot.StartAsync();
        DiscordMessage question = await bot.SayAsync($"<@{FakePort.Self}> slow");
        await BotHarness.Until(() => bot.Answers.Count == 1);
        await bot.Port.EmitAsync(new MessagesDeleted(FakePort.Guild, FakePort.Channel, [question.Id]));
        await BotHarness.Until(() => bot.Answers.Count == 0);
        await BotHarness.Until(async () => (await bot.Store.FindAsync(new FeedbackQuery(), default)).Items.Count == 0);
    }

    [Fact]
    public async Task A_server_that_is_left_is_forgotten()
    {
        await bot.StartAsync();
        await bot.AskAsync("hello");
        await Task.Delay(200);
        await bot.Port.EmitAsync(new GuildGone(FakePort.Guild, Outage: true));
        await Task.Delay(100);
        Assert.Single((await bot.Store.FindAsync(new FeedbackQuery(), default)).Items);
        await bot.Port.EmitAsync(new GuildGone(FakePort.Guild, Outage: false));
        await BotHarness.Until(async () => (await bot.Store.FindAsync(new FeedbackQuery(), default)).Items.Count == 0);
    }

    [Fact]
    public async Task A_member_who_left_takes_what_they_said_and_judged_there_along()
    {
        bot.Options = bot.Options with { ComparisonRate = 0, Modes = ["102=free"] };
        await bot.StartAsync();
        FakeMessage others = await bot.AskAsync("hello"), theirs = await bot.AskAsync("mine", BotHarness.Bob);
        await BotHarness.Until(async () => await bot.ExchangeOfAsync(others) is not null && await bot.ExchangeOfAsync(theirs) is not null);
        Guid kept = (await bot.ExchangeOfAsync(others))!.Id;
        await bot.PressAsync(others.Button("up"), BotHarness.Bob);
        await bot.PressAsync(others.Button("up"));
        DiscordMessage elsewhere = await bot.SayAsync("direct", BotHarness.Bob, m => m with { GuildId = null, ChannelId = new(55), Channel = new DiscordChannel { Id = new(55), Kind = ChannelKind.Direct } });
        await BotHarness.Until(() => bot.Port.In(new(55)).Any(m => m.Buttons.Count == 3));
        DiscordMessage running = await bot.SayAsync($"<@{FakePort.Self}> slow", BotHarness.Bob);
        await BotHarness.Until(() => bot.Answers.Any(m => m.ReplyTo == running.Id));
        await Task.Delay(200);

        await bot.Port.EmitAsync(new MemberLeft(FakePort.Guild, BotHarness.Bob));
        await BotHarness.Until(async () => (await bot.Store.RatingsOfAsync(kept, default)) is [var only] && only.Person == bot.PersonOf(BotHarness.Alice));
        await BotHarness.Until(async () => (await bot.Store.FindAsync(new FeedbackQuery { Person = bot.PersonOf(BotHarness.Bob) }, default)).Items is [{ Exchange.Place.Server: "" }]);
        await using var state = BotState.Open(Path.Combine(bot.Folder, "discord.db"), TimeProvider.System);
        await BotHarness.Until(async () => (await state.OfPersonAsync(bot.PersonOf(BotHarness.Bob), default)) is [var turn] && turn.Questions.Contains(elsewhere.Id));
        Assert.Null(await state.HeadAsync($"102/{bot.PersonOf(BotHarness.Bob).Value}", default));
        Assert.DoesNotContain(bot.Answers, m => m.ReplyTo == running.Id);            // half an answer to nobody
        Assert.All(await state.VotesOfAsync(kept, default), vote => Assert.Equal(bot.PersonOf(BotHarness.Alice), vote.Person));
    }

    [Fact]
    public async Task A_deleted_channel_is_forgotten_with_its_threads_and_what_was_being_written_there()
    {
        var thread = new DiscordChannel { Id = new(777), GuildId = FakePort.Guild, ParentId = FakePort.Channel, Kind = ChannelKind.PublicThread };
        bot.Port.Channels = [.. bot.Port.Channels, thread, new DiscordChannel { Id = new(103), GuildId = FakePort.Guild }];
        await bot.StartAsync();
        await bot.AskAsync("here");
        await bot.SayAsync($"<@{FakePort.Self}> in the thread", with: m => m with { ChannelId = thread.Id, Channel = thread });
        await bot.SayAsync($"<@{FakePort.Self}> elsewhere", BotHarness.Bob, m => m with { ChannelId = new(103) });
        await BotHarness.Until(() => bot.Port.In(thread.Id).Any(m => m.Buttons.Count == 3) && bot.Port.In(new(103)).Any(m => m.Buttons.Count == 3));
        DiscordMessage running = await bot.SayAsync($"<@{FakePort.Self}> slow");
        await BotHarness.Until(() => bot.Answers.Any(m => m.ReplyTo == running.Id));
        await Task.Delay(200);

        await bot.Port.EmitAsync(new ChannelDeleted(FakePort.Guild, FakePort.Channel, FakePort.Category, ChannelKind.Text));
        await BotHarness.Until(async () => (await bot.Store.FindAsync(new FeedbackQuery(), default)).Items is [{ Exchange.Place.Channel: "103" }]);
        await using var state = BotState.Open(Path.Combine(bot.Folder, "discord.db"), TimeProvider.System);
        await BotHarness.Until(async () => (await state.NewestAsync(10, default)) is [{ Channel.Value: 103 }] && (await state.OpenTurnsAsync(default)).Count == 0);
        Assert.Null(await state.HeadAsync("777", default));
    }

    [Fact]
    public async Task Questions_asked_while_it_was_away_are_answered_once()
    {
        await bot.StartAsync();
        FakeMessage first = await bot.AskAsync("before");
        await Task.Delay(300);
        DiscordMessage? missed = null;
        await bot.RestartAsync(_ => missed = bot.Message($"<@{FakePort.Self}> missed", BotHarness.Alice));
        FakeMessage answer = await bot.FinishedAsync(missed!);
        Assert.Contains("missed", answer.Content, StringComparison.Ordinal);
        await bot.Port.EmitAsync(new MessageCreated(missed!));
        await bot.Port.EmitAsync(new MessageCreated(bot.Port.Written[first.ReplyTo!.Value]));
        await bot.AskAsync("after");
        Assert.Equal(3, bot.Answers.Count);
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_is_finished_in_the_same_message()
    {
        await bot.StartAsync();
        DiscordMessage question = await bot.SayAsync($"<@{FakePort.Self}> slow");
        await BotHarness.Until(() => bot.Answers.Any(m => m.Content.Contains('▌')));
        Snowflake message = bot.Answers.Single().Id;
        await bot.RestartAsync(_ => bot.Model.Release.TrySetResult());
        FakeMessage answer = await bot.FinishedAsync(question);
        Assert.Equal(message, answer.Id);
        Assert.Single(bot.Answers);
        await BotHarness.Until(async () => (await bot.Store.FindAsync(new FeedbackQuery(), default)).Items is [{ Exchange.Reply.Status: ReplyStatus.Complete }]);
    }

    [Fact]
    public async Task Buttons_work_after_a_restart()
    {
        await bot.StartAsync();
        FakeMessage answer = await bot.AskAsync("hello");
        await Task.Delay(300);
        await bot.RestartAsync();
        await bot.PressAsync(answer.Button("up"));
        ExchangeRecord exchange = (await bot.ExchangeOfAsync(answer))!;
        Assert.Equal(1, (await bot.Store.RatingsOfAsync(exchange.Id, default)).Single().Value);
        Assert.DoesNotContain("register", bot.Port.Log);
    }

    [Fact]
    public async Task A_person_can_choose_take_along_and_be_forgotten()
    {
        bot.Content = TrainingContent.Consented;
        await bot.StartAsync();
        FakeMessage answer = await bot.AskAsync("remember me");
        await Task.Delay(300);
        FakeMessage privacy = await bot.CommandAsync("privacy");
        Assert.Contains("unless you allow", privacy.Content, StringComparison.Ordinal);
        await bot.PressAsync(privacy.Button("optin"));
        Assert.Equal(ConsentState.OptedIn, (await bot.Store.FindConsentAsync(bot.PersonOf(BotHarness.Alice), "100", default))!.State);
        await bot.PressAsync(privacy.Button("optout"));
        Assert.Equal(ConsentState.OptedOut, (await bot.Store.FindConsentAsync(bot.PersonOf(BotHarness.Alice), "100", default))!.State);
        FakeMessage export = await bot.PressAsync(privacy.Button("export"));
        Assert.Contains("remember me", System.Text.Encoding.UTF8.GetString(export.Files.Single().Content.Span), StringComparison.Ordinal);
        FakeMessage sure = await bot.PressAsync(privacy.Button("forgetask"));
        Assert.NotNull(await bot.ExchangeOfAsync(answer));
        await bot.PressAsync(sure.Button("forget"));
        Assert.Null(await bot.ExchangeOfAsync(answer));
        await BotHarness.Until(() => !bot.Port.Sent.ContainsKey(answer.Id));
        Assert.Contains("permission", (await bot.CommandAsync("privacy", values: ("server", "allow"))).Content, StringComparison.Ordinal);
        await bot.CommandAsync("privacy", permissions: DiscordPermissions.ManageGuild, values: ("server", "allow"));
        Assert.Equal(TrainingContent.Consented, (await bot.Store.FindServerPolicyAsync(Platforms.Discord, "100", default))!.Content);
    }

    [Fact]
    public async Task Commands_answer_and_tell_how_an_answer_came_about()
    {
        await bot.StartAsync();
        FakeMessage answer = await bot.CommandAsync("ask", values: ("question", "what is a geyser?"));
        Assert.Contains("what is a geyser?", answer.Content, StringComparison.Ordinal);
        await BotHarness.Until(async () => await bot.ExchangeOfAsync(answer) is not null);
        FakeMessage why = await bot.CommandAsync("why");
        Assert.Contains("fake@7", why.Content, StringComparison.Ordinal);
        Assert.Contains("3 tokens; of 0 earlier", why.Content, StringComparison.Ordinal);
        Assert.Contains("none of my answers", (await bot.CommandAsync("why", values: ("message", "https://discord.example/1/2/3"))).Content, StringComparison.Ordinal);
        Assert.Contains("Generation 7 of fake", (await bot.CommandAsync("stats")).Content, StringComparison.Ordinal);
        Assert.Contains("No persona", (await bot.CommandAsync("persona", path: ["show"])).Content, StringComparison.Ordinal);
        Assert.Contains("no arena", (await bot.CommandAsync("arena")).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_commands_need_their_permission()
    {
        await bot.StartAsync();
        foreach (string name in (string[])["status", "block", "quota", "model"])
        {
            Assert.Contains("Only operators", (await bot.CommandAsync(name, values: ("person", $"{BotHarness.Bob.Id}"))).Content, StringComparison.Ordinal);
        }
        Assert.Contains("servers", (await bot.CommandAsync("status", permissions: DiscordPermissions.Administrator)).Content, StringComparison.Ordinal);
        await bot.CommandAsync("block", permissions: DiscordPermissions.Administrator, values: ("person", $"{BotHarness.Bob.Id}"));
        await bot.SayAsync($"<@{FakePort.Self}> hello", BotHarness.Bob);
        await bot.AskAsync("hello");
        Assert.Single(bot.Answers);
        Assert.Contains("I do not answer you", (await bot.CommandAsync("ask", BotHarness.Bob, values: ("question", "x"))).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_about_this_quotes_the_message()
    {
        await bot.StartAsync();
        DiscordMessage target = bot.Message("the sky is green", BotHarness.Bob);
        await bot.Port.EmitAsync(new InteractionCreated(new MessageCommandUsed
        {
            Handle = bot.Handle(), User = BotHarness.Alice, GuildId = FakePort.Guild, ChannelId = FakePort.Channel, Name = "Ask about this", Target = target,
        }));
        await BotHarness.Until(() => !bot.Port.Modals.IsEmpty);
        Assert.True(bot.Port.Modals.TryDequeue(out DiscordModal? modal));
        var filled = new ModalSubmitted
        {
            Handle = bot.Handle(), User = BotHarness.Alice, GuildId = FakePort.Guild, ChannelId = FakePort.Channel, CustomId = modal.CustomId,
            Fields = new Dictionary<string, IReadOnlyList<string>> { [modal.Fields[0].CustomId] = ["true?"] },
        };
        await bot.Port.EmitAsync(new InteractionCreated(filled));
        await bot.ResponseAsync(filled.Handle);
        Assert.Equal("> Bob: the sky is green\n\ntrue?", bot.Model.Requests.Single().Turns[^1].Content);
    }

    [Fact]
    public async Task A_question_is_taken_on_once()
    {
        await using var state = BotState.Open(Path.Combine(bot.Folder, "other.db"), TimeProvider.System);
        var turn = new TurnRecord(new(10), new(1), new(2), bot.PersonOf(BotHarness.Alice), TurnState.Open, null, DateTimeOffset.UnixEpoch) { Questions = [new(9), new(10)] };
        bool[] taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => state.TakeAsync(turn, default)));
        Assert.Single(taken, one => one);
        Assert.False(await state.TakeAsync(turn with { Id = new(11), Questions = [new(9), new(11)] }, default));
        Assert.Equal([new(9), new(10)], (await state.FindByMessageAsync(new(9), default))!.Questions);
    }
}
