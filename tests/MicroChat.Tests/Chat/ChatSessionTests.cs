using Microsoft.Extensions.AI;
using MicroChat.Chat;

namespace MicroChat.Tests.Chat;

public sealed class ChatSessionTests
{
    private static readonly ChatOptions Seeded = new() { Seed = 11 };

    [Fact]
    public async Task A_reply_is_streamed_and_remembered()
    {
        var client = new ScriptedChatClient("hello there friend");
        ChatSession session = Session(client);
        session.SystemPrompt = "be kind";
        List<SessionUpdate> updates = await Collect(session.SendAsync("hi", Seeded, default));

        Assert.Equal("hello there friend", string.Concat(updates.OfType<SessionText>().Select(t => t.Text)));
        Exchange exchange = Assert.IsType<SessionEnd>(updates[^1]).Exchange!;
        Assert.Same(exchange, Assert.Single(session.Exchanges));
        Assert.Equal(("hi", "hello there friend", "stop", "scripted", 11L, 7L, 3L), (exchange.Message, exchange.Reply.Text,
            exchange.Reply.FinishReason, exchange.Reply.Model, exchange.Reply.Seed, exchange.Reply.PromptTokens, exchange.Reply.ReplyTokens));
        Assert.False(exchange.Reply.Cancelled);
        Assert.Equal(["system: be kind", "user: hi"], Written(client.Prompts[0]));
    }

    [Fact]
    public async Task The_next_prompt_holds_the_whole_history_in_order()
    {
        var client = new ScriptedChatClient("one", "two");
        ChatSession session = Session(client);
        await Collect(session.SendAsync("a", null, default));
        await Collect(session.SendAsync("b", null, default));
        Assert.Equal(["user: a", "assistant: one", "user: b"], Written(client.Prompts[1]));
    }

    [Theory]
    [InlineData(40, 0)]      // 3 exchanges of 4 words and a message of 2: all fit
    [InlineData(14, 0)]      // exactly
    [InlineData(13, 1)]
    [InlineData(9, 2)]
    [InlineData(5, 3)]
    [InlineData(2, 3)]       // the message alone, exactly
    public async Task The_oldest_whole_exchanges_leave_the_prompt_when_it_outgrows_the_budget(int promptTokens, int dropped)
    {
        var client = new ScriptedChatClient("x y");
        ChatSession full = Session(client);
        ChatSession session = Session(client, promptTokens);
        for (int i = 0; i < 3; i++)
        {
            await Collect(session.SendAsync($"m {i}", null, default));
        }
        List<SessionUpdate> updates = await Collect(session.SendAsync("m 3", null, default));

        Assert.Equal(dropped, session.Dropped);
        Assert.Equal(4, session.Exchanges.Count);
        Assert.True(ScriptedChatClient.CountWords(client.Prompts[^1]) <= promptTokens);
        Assert.Equal(2 * (3 - dropped) + 1, client.Prompts[^1].Count);
        Assert.Equal($"m {dropped}", client.Prompts[^1][0].Text);
        if (updates[0] is SessionNotice notice)
        {
            Assert.Equal((dropped, 3 - dropped), (notice.TotalDropped, notice.Kept));
        }
        Assert.Empty(full.Exchanges);
    }

    [Fact]
    public async Task Each_dropped_exchange_is_reported_once()
    {
        ChatSession session = Session(new ScriptedChatClient("x y"), promptTokens: 6);
        var dropped = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            List<SessionUpdate> updates = await Collect(session.SendAsync($"m {i}", null, default));
            dropped.AddRange(updates.OfType<SessionNotice>().Select(n => n.Dropped));
        }
        Assert.Equal([1, 1, 1], dropped);
        Assert.Equal(3, session.Dropped);
    }

    [Fact]
    public async Task A_message_that_never_fits_is_refused_and_nothing_is_lost()
    {
        ChatSession session = Session(new ScriptedChatClient("x y"), promptTokens: 6);
        await Collect(session.SendAsync("m 0", null, default));
        var e = await Assert.ThrowsAsync<MessageTooLongException>(() => Collect(session.SendAsync("1 2 3 4 5 6 7", null, default)));
        Assert.Equal((7, 6), (e.Tokens, e.Limit));
        Assert.Contains("7 tokens; 6 fit", e.Message, StringComparison.Ordinal);
        Assert.Equal("m 0", Assert.Single(session.Exchanges).Message);
        Assert.Equal(0, session.Dropped);
        await Collect(session.SendAsync("m 1", null, default));
        Assert.Equal(2, session.Exchanges.Count);
    }

    [Fact]
    public async Task A_cancelled_reply_keeps_what_was_said_and_is_marked()
    {
        using var stop = new CancellationTokenSource();
        var client = new ScriptedChatClient("one two three four") { BeforeWord = said => { if (said == 2) { stop.Cancel(); } } };
        ChatSession session = Session(client);
        List<SessionUpdate> updates = await Collect(session.SendAsync("hi", null, stop.Token));
        SessionReply reply = Assert.IsType<SessionEnd>(updates[^1]).Exchange!.Reply;
        Assert.Equal(("one two", true), (reply.Text, reply.Cancelled));
        Assert.Null(reply.FinishReason);

        client.BeforeWord = _ => { };
        await Collect(session.SendAsync("go on", null, default));
        Assert.Equal(["user: hi", "assistant: one two", "user: go on"], Written(client.Prompts[^1]));
    }

    [Fact]
    public async Task A_reply_cancelled_before_its_first_word_changes_nothing()
    {
        using var stop = new CancellationTokenSource();
        ChatSession session = Session(new ScriptedChatClient("one two") { BeforeWord = _ => stop.Cancel() });
        List<SessionUpdate> updates = await Collect(session.SendAsync("hi", null, stop.Token));
        Assert.Null(Assert.IsType<SessionEnd>(Assert.Single(updates)).Exchange);
        Assert.Empty(session.Exchanges);
    }

    [Fact]
    public async Task A_consumer_that_walks_away_leaves_a_marked_reply_behind()
    {
        ChatSession session = Session(new ScriptedChatClient("one two three"));
        await foreach (SessionUpdate update in session.SendAsync("hi", null, default))
        {
            break;
        }
        SessionReply reply = Assert.Single(session.Exchanges).Reply;
        Assert.Equal(("one", true), (reply.Text, reply.Cancelled));
    }

    [Fact]
    public async Task A_client_that_fails_leaves_the_history_as_it_was()
    {
        var client = new ScriptedChatClient("one two three");
        ChatSession session = Session(client);
        await Collect(session.SendAsync("hi", null, default));
        client.BeforeWord = said => { if (said == 1) { throw new IOException("the disk is gone"); } };
        await Assert.ThrowsAsync<IOException>(() => Collect(session.SendAsync("again", null, default)));
        await Assert.ThrowsAsync<IOException>(() => Collect(session.RetryAsync(null, default)));
        Assert.Equal(("hi", "one two three"), (session.Exchanges[0].Message, Assert.Single(session.Exchanges).Reply.Text));
    }

    [Fact]
    public async Task Retry_replaces_the_last_reply_and_asks_with_the_same_prompt()
    {
        var client = new ScriptedChatClient("first", "second", "third");
        ChatSession session = Session(client);
        await Collect(session.SendAsync("a", null, default));
        await Collect(session.SendAsync("b", null, default));
        await Collect(session.RetryAsync(null, default));
        Assert.Equal(["first", "third"], session.Exchanges.Select(e => e.Reply.Text));
        Assert.Equal(Written(client.Prompts[1]), Written(client.Prompts[2]));
    }

    [Fact]
    public async Task Undo_takes_back_one_exchange_and_reset_all()
    {
        ChatSession session = Session(new ScriptedChatClient("x y"), promptTokens: 6);
        session.SystemPrompt = "p";
        for (int i = 0; i < 3; i++)
        {
            await Collect(session.SendAsync($"m {i}", null, default));
        }
        Assert.Equal("m 2", session.Undo()!.Message);
        Assert.Equal(2, session.Exchanges.Count);
        session.Reset();
        Assert.Equal((0, 0, "p"), (session.Exchanges.Count, session.Dropped, session.SystemPrompt));
        Assert.Null(session.Undo());
        Assert.Throws<InvalidOperationException>(() => session.RetryAsync(null, default));
    }

    [Fact]
    public async Task Two_replies_at_once_are_refused()
    {
        ChatSession session = Session(new ScriptedChatClient("one two"));
        await using IAsyncEnumerator<SessionUpdate> first = session.SendAsync("a", null, default).GetAsyncEnumerator();
        Assert.True(await first.MoveNextAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => Collect(session.SendAsync("b", null, default)));
        Assert.Throws<InvalidOperationException>(session.Reset);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(100, 100)]
    public void A_budget_without_room_is_refused(int context, int reply) =>
        Assert.Throws<ArgumentException>(() => new TokenBudget(context, reply));

    private static ChatSession Session(IChatClient client, int promptTokens = 1_000) =>
        new(client, ScriptedChatClient.CountWords, new TokenBudget(promptTokens + 10, 10), TimeProvider.System);

    private static IEnumerable<string> Written(List<ChatMessage> prompt) => prompt.Select(m => $"{m.Role}: {m.Text}");

    private static async Task<List<SessionUpdate>> Collect(IAsyncEnumerable<SessionUpdate> updates)
    {
        var all = new List<SessionUpdate>();
        await foreach (SessionUpdate update in updates)
        {
            all.Add(update);
        }
        return all;
    }
}
