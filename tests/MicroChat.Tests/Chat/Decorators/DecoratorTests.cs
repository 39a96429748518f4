using Microsoft.Extensions.AI;
using MicroChat.Chat;
using MicroChat.Chat.Decorators;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Chat.Decorators;

public sealed class DecoratorTests : IDisposable
{
    private readonly FakeGenerator generator = new();
    private readonly ManualClock clock = new();

    public void Dispose() => generator.Dispose();

    [Fact]
    public async Task Requests_per_minute_are_limited_for_each_user()
    {
        using LimitingChatClient client = Limited(new UsageLimits { RequestsPerMinute = 2, TokensPerDay = 0 });
        await client.GetResponseAsync("one", As("ann"));
        clock.Advance(TimeSpan.FromSeconds(50));
        await client.GetResponseAsync("two", As("ann"));
        var refused = await Assert.ThrowsAsync<LimitReachedException>(() => client.GetResponseAsync("three", As("ann")));
        Assert.Equal(TimeSpan.FromSeconds(10), refused.RetryAfter);
        Assert.Contains("Ask again in 10 seconds", refused.Message, StringComparison.Ordinal);
        await client.GetResponseAsync("one", As("bob"));
        clock.Advance(TimeSpan.FromSeconds(10));
        await client.GetResponseAsync("three", As("ann"));
    }

    [Fact]
    public async Task Tokens_per_day_are_limited_until_midnight()
    {
        using LimitingChatClient client = Limited(new UsageLimits { RequestsPerMinute = 0, TokensPerDay = 5 });
        await client.GetResponseAsync("a b", As("ann"));              // a reply of 4 tokens
        await client.GetResponseAsync("a b", As("ann"));
        var refused = await Assert.ThrowsAsync<LimitReachedException>(() => client.GetResponseAsync("a b", As("ann")));
        Assert.Equal(TimeSpan.FromHours(12), refused.RetryAfter);
        await client.GetResponseAsync("a b");
        clock.Advance(TimeSpan.FromHours(12));
        await client.GetResponseAsync("a b", As("ann"));
    }

    [Fact]
    public void A_persona_holds_where_nothing_nearer_is_said()
    {
        var personas = new Personas(new PersonaOptions
        {
            Default = "plain", Places = new Dictionary<string, string> { ["server"] = "pirate", ["quiet"] = "", ["thread"] = "poet" },
        });
        Assert.Equal("plain", personas.Of());
        Assert.Equal("pirate", personas.Of("server", "channel"));
        Assert.Equal("poet", personas.Of("server", "channel", "thread"));
        Assert.Null(personas.Of("server", "quiet"));
        Assert.Null(personas.Of("server", "quiet", "other thread"));
        Assert.Null(new Personas(new PersonaOptions()).Of("server"));
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(8, 1)]
    [InlineData(7, 2)]
    [InlineData(3, 2)]
    public void A_kept_history_loses_its_oldest_whole_exchanges(int promptTokens, int dropped)
    {
        ChatMessage[] messages =
        [
            new(ChatRole.System, "kind"), new(ChatRole.User, "a b"), new(ChatRole.Assistant, "c d"), new(ChatRole.User, "e f"),
            new(ChatRole.Assistant, "g h"), new(ChatRole.Assistant, "i"), new(ChatRole.User, "j k"),
        ];
        FittedHistory fitted = HistoryBudget.Fit(messages, ScriptedChatClient.CountWords, new TokenBudget(promptTokens + 1, 1));
        Assert.Equal(dropped, fitted.Dropped);
        Assert.Equal(["kind", .. messages.Skip(dropped switch { 0 => 1, 1 => 3, _ => 6 }).Select(m => m.Text)], fitted.Messages.Select(m => m.Text));
        Assert.Equal(ScriptedChatClient.CountWords(fitted.Messages), fitted.Tokens);
        Assert.Throws<MessageTooLongException>(() => HistoryBudget.Fit(messages, ScriptedChatClient.CountWords, new TokenBudget(3, 1)));
    }

    private LimitingChatClient Limited(UsageLimits limits) => new(new LocalChatClient(generator, clock), limits, clock);

    private static ChatOptions As(string user) => new() { AdditionalProperties = new() { [ReplyOptions.User] = user } };
}
