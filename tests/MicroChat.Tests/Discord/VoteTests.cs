using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Tests.Discord;

public sealed class VoteTests : IAsyncLifetime
{
    private readonly BotHarness bot = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bot.DisposeAsync();

    [Fact]
    public async Task Buttons_vote_privately_take_back_and_ask_why()
    {
        (FakeMessage answer, Guid exchange) = await AnsweredAsync();
        FakeMessage up = await bot.PressAsync(answer.Button("up"));
        Assert.Contains("1 👍", up.Content, StringComparison.Ordinal);
        await RatingsAsync(exchange, (BotHarness.Alice, 1));
        FakeMessage down = await bot.PressAsync(answer.Button("down"));
        await RatingsAsync(exchange, (BotHarness.Alice, -1));
        Assert.Equal(6, down.Buttons.Count);
        FakeMessage why = await bot.PressAsync(down.Buttons.Single(id => id.EndsWith(":TooLong", StringComparison.Ordinal)));
        Assert.Contains("too long", why.Content, StringComparison.Ordinal);
        Assert.Equal(RatingReason.TooLong, (await bot.Store.RatingsOfAsync(exchange, default)).Single().Reason);
        await bot.PressAsync(answer.Button("down"));
        await RatingsAsync(exchange);
        Assert.Contains("no longer there", (await bot.PressAsync(down.Buttons[0])).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reactions_count_by_their_last_state_whatever_the_skin_tone()
    {
        (FakeMessage answer, Guid exchange) = await AnsweredAsync();
        await ReactAsync(answer, BotHarness.Alice, "👍🏿");
        await ReactAsync(answer, BotHarness.Bob, "👎");
        await ReactAsync(answer, BotHarness.Bob, "🎉");
        await ReactAsync(answer, new DiscordUser(FakePort.Self, "bot", "Bot", true, false), "👍");
        await ReactAsync(answer, new DiscordUser(new(78), "other", "Other", true, false), "👎");
        await RatingsAsync(exchange, (BotHarness.Alice, 1), (BotHarness.Bob, -1));
        await ReactAsync(answer, BotHarness.Alice, "👎");
        await RatingsAsync(exchange, (BotHarness.Alice, -1), (BotHarness.Bob, -1));
        await UnreactAsync(answer, BotHarness.Alice, "👎");
        await RatingsAsync(exchange, (BotHarness.Alice, 1), (BotHarness.Bob, -1));           // the earlier 👍 still stands there
        await UnreactAsync(answer, BotHarness.Alice, "👍🏿");
        await RatingsAsync(exchange, (BotHarness.Bob, -1));
        await ReactAsync(answer, BotHarness.Alice, "👍");
        await bot.Port.EmitAsync(new ReactionsCleared(FakePort.Guild, FakePort.Channel, answer.Id, DiscordEmoji.Of("👎")));
        await RatingsAsync(exchange, (BotHarness.Alice, 1));
        await bot.Port.EmitAsync(new ReactionsCleared(FakePort.Guild, FakePort.Channel, answer.Id, null));
        await RatingsAsync(exchange);
    }

    [Fact]
    public async Task Whoever_reacts_before_the_bot_knows_its_own_message_is_counted_too()
    {
        bot.Port.AfterSend = async message =>
        {
            await ReactAsync(message, BotHarness.Alice, "👍");
            await ReactAsync(message, BotHarness.Bob, "👍");
            await UnreactAsync(message, BotHarness.Bob, "👍");
            await Task.Delay(200);                                   // the book looks, and finds no answer that this message belongs to
        };
        (_, Guid exchange) = await AnsweredAsync();
        await RatingsAsync(exchange, (BotHarness.Alice, 1));
    }

    [Fact]
    public async Task A_storm_of_reactions_is_recorded_exactly()
    {
        (FakeMessage answer, Guid exchange) = await AnsweredAsync();
        for (ulong i = 1; i <= 500; i++)
        {
            await ReactAsync(answer, Person(i), "👍");
            await ReactAsync(answer, Person(i), i % 3 == 0 ? "👎" : "👍");
            if (i % 5 == 0)
            {
                await UnreactAsync(answer, Person(i), "👍");
            }
        }
        int gone = Enumerable.Range(1, 500).Count(i => i % 5 == 0 && i % 3 != 0), down = Enumerable.Range(1, 500).Count(i => i % 3 == 0);
        await BotHarness.Until(async () => await bot.Store.RatingsOfAsync(exchange, default) is { } all && all.Count(r => r.Value < 0) == down && all.Count == 500 - gone, 120);
    }

    [Fact]
    public async Task Reactions_made_while_it_was_away_are_reconciled()
    {
        (FakeMessage answer, Guid exchange) = await AnsweredAsync();
        await ReactAsync(answer, BotHarness.Alice, "👍");
        await RatingsAsync(exchange, (BotHarness.Alice, 1));
        await bot.RestartAsync(port => port.Reactions[(answer.Id, "👎🏽")] = [BotHarness.Bob]);
        await RatingsAsync(exchange, (BotHarness.Bob, -1));
    }

    [Fact]
    public async Task Two_answers_are_compared_in_a_drawn_order()
    {
        bot.Options = bot.Options with { ComparisonRate = 1 };
        await bot.StartAsync();
        await bot.SayAsync($"<@{FakePort.Self}> choose");
        await BotHarness.Until(() => bot.Answers.Count == 2 && bot.Answers[^1].Buttons.Count == 4);
        ComparisonRecord comparison = (await bot.Store.ListComparisonsAsync(null, null, 10, default)).Items.Single();
        foreach ((int index, Guid shown) in comparison.Shown.Index())
        {
            string text = (await bot.Store.FindExchangeAsync(shown, default))!.Reply!.Text!;
            Assert.StartsWith($"**Answer {"AB"[index]}**\n{text}", bot.Answers[index].Content, StringComparison.Ordinal);
        }
        string[] buttons = [.. bot.Answers[^1].Buttons];
        await bot.PressAsync(buttons[1]);
        Assert.Equal(comparison.Shown[1], (await bot.Store.FindComparisonAsync(comparison.Id, default))!.Answers.Single().Tiers[0][0]);
        await bot.PressAsync(buttons[3]);
        await bot.PressAsync(buttons[2], BotHarness.Bob);
        Assert.Equal([ComparisonOutcome.AllBad, ComparisonOutcome.Tie], (await bot.Store.FindComparisonAsync(comparison.Id, default))!.Answers.Select(a => a.Outcome).Order().Reverse());
    }

    [Fact]
    public async Task Two_answers_grow_together_and_when_stopped_are_not_compared()
    {
        bot.Options = bot.Options with { ComparisonRate = 1 };
        await bot.StartAsync();
        DiscordMessage question = await bot.SayAsync($"<@{FakePort.Self}> slow please");
        await BotHarness.Until(() => bot.Answers.Count == 2 && bot.Answers.All(m => m.Content.EndsWith('▌')));
        Assert.Equal(["**Answer A**", "**Answer B**"], bot.Answers.Select(m => m.Content.Split('\n')[0]));
        Assert.Empty(bot.Answers[0].Buttons);
        await bot.PressAsync(bot.Answers[1].Button("stop"));
        await BotHarness.Until(() => bot.Answers.Count == 2 && bot.Answers[1].Buttons is [var retry] && retry.StartsWith("mc1:retry:", StringComparison.Ordinal));
        Assert.All(bot.Answers, m => Assert.EndsWith("-# Stopped.", m.Content, StringComparison.Ordinal));
        Assert.Empty((await bot.Store.ListComparisonsAsync(null, null, 10, default)).Items);
        Assert.Equal(question.Id, bot.Answers[0].ReplyTo);
    }

    [Fact]
    public async Task The_arena_takes_the_operators_prompts_only()
    {
        string file = Path.Combine(bot.Folder, "arena.txt");
        await File.WriteAllTextAsync(file, "# prompts\nTell me of the sea.\n\n");
        bot.Options = bot.Options with { ArenaPromptsFile = file };
        await bot.StartAsync();
        FakeMessage first = await bot.CommandAsync("arena");
        await BotHarness.Until(() => bot.Port.Sent.Values.Any(m => m.Buttons.Count == 4));
        Assert.StartsWith("> Tell me of the sea.\n**Answer A**", first.Content, StringComparison.Ordinal);
        ComparisonRecord comparison = (await bot.Store.ListComparisonsAsync(null, null, 10, default)).Items.Single();
        Assert.Equal(PromptOrigin.OperatorBank, (await bot.Store.FindExchangeAsync(comparison.Shown[0], default))!.Origin);
    }

    [Fact]
    public async Task The_arena_now_and_then_shows_a_planted_control_until_the_person_answered_it()
    {
        string file = Path.Combine(bot.Folder, "arena.txt");
        await File.WriteAllTextAsync(file, "Tell me of the sea.\n");
        bot.Options = bot.Options with { ArenaPromptsFile = file };
        await bot.StartAsync();
        var here = new Place(Platforms.Discord, FakePort.Guild.ToString(), "", "");
        ComparisonRecord control = await bot.Store.PlantControlAsync(new NewControl(here, bot.PersonOf(BotHarness.Bob), "2 + 2?", "4", "Fish"), new Random(1), default);
        FakeMessage? shown = null;
        for (int i = 0; i < 60 && shown is null; i++)
        {
            FakeMessage answer = await bot.CommandAsync("arena");
            shown = answer.Content.StartsWith("> 2 + 2?\n**Answer A**", StringComparison.Ordinal) ? answer : null;
        }
        Assert.NotNull(shown);
        Assert.Empty((await bot.Store.FindComparisonAsync(control.Id, default))!.Answers);
        await bot.PressAsync(shown.Buttons[0]);
        Assert.Equal(control.Shown[0], (await bot.Store.FindComparisonAsync(control.Id, default))!.Answers.Single().Tiers[0][0]);
        Assert.Null(await bot.Store.FindControlAsync(Platforms.Discord, here.Server, bot.PersonOf(BotHarness.Alice), default));
    }

    private async Task<(FakeMessage Answer, Guid Exchange)> AnsweredAsync()
    {
        await bot.StartAsync();
        FakeMessage answer = await bot.AskAsync("hello");
        await BotHarness.Until(async () => await bot.ExchangeOfAsync(answer) is not null);
        return (answer, (await bot.ExchangeOfAsync(answer))!.Id);
    }

    private Task ReactAsync(FakeMessage message, DiscordUser user, string emoji) =>
        bot.Port.EmitAsync(new ReactionAdded(FakePort.Guild, FakePort.Channel, message.Id, user.Id, user, FakePort.Self, DiscordEmoji.Of(emoji)));

    private Task UnreactAsync(FakeMessage message, DiscordUser user, string emoji) =>
        bot.Port.EmitAsync(new ReactionRemoved(FakePort.Guild, FakePort.Channel, message.Id, user.Id, DiscordEmoji.Of(emoji)));

    private Task RatingsAsync(Guid exchange, params (DiscordUser User, int Value)[] wanted) => BotHarness.Until(async () =>
        (await bot.Store.RatingsOfAsync(exchange, default)).Select(r => (r.Person, r.Value)).ToHashSet()
            .SetEquals(wanted.Select(w => (bot.PersonOf(w.User), w.Value))));

    private static DiscordUser Person(ulong number) => new(new(Snowflake.At(new(2019, 1, 1, 0, 0, 0, TimeSpan.Zero)).Value + number), $"p{number}", $"P{number}", false, false);
}
